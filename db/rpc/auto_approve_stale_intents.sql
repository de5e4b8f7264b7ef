create function api.auto_approve_stale_intents(site_id uuid, out approved bigint, out more boolean) returns record
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_claims text := current_setting('request.jwt.claims', true);
begin
    perform access.require_role(site_id, 'editor');
    if not (select sites.auto_approve from app.sites where sites.id = site_id) then
        raise sqlstate 'PT409' using message = 'auto_approve_off',
            detail = 'The site does not approve by itself.', hint = 'An owner can switch it on: update_site.';
    end if;
    -- Who set it off stands in the audit log; what it decides is the system's.
    perform access.lock_subjects(site_id, (
        select array_agg(stale.subject_id) from ops.stale_cards(site_id) as stale
    ));
    perform access.write_audit(
        site_id, 'auto_approve', 'site', site_id, null,
        jsonb_build_object('stale', (select count(*) from ops.stale_cards(site_id)))
    );
    perform set_config('request.jwt.claims', '', true);
    approved := ops.approve_stale(site_id);
    perform set_config('request.jwt.claims', v_claims, true);
    more := exists (select from ops.stale_cards(site_id));
end;
$$;

comment on function api.auto_approve_stale_intents(uuid) is
$$Confirms at once what the job would confirm: open cards older than the site's limit, with a click id, a visit of 10 s
and two events; without an amount. At most 100; more says whether there are others.

409 auto_approve_off. 404 site_not_found. 403 editor_required.$$;

grant execute on function api.auto_approve_stale_intents(uuid) to authenticated;
