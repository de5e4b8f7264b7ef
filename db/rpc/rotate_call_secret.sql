create function api.rotate_call_secret(site_id uuid, out secret text, out state text) returns record
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
    perform access.require_role(site_id, 'owner');
    secret := access.new_token();
    insert into access.call_secrets as standing (site_id, current_secret)
    values (rotate_call_secret.site_id, secret)
    on conflict (site_id) do update set next_secret = excluded.current_secret, updated_at = now()
    returning case when standing.next_secret is null then 'current' else 'next' end into state;
    perform access.write_audit(
        site_id, 'rotate', 'call_secret', rotate_call_secret.site_id, null, jsonb_build_object('state', state)
    );
    -- Who was removed while we waited for the audit log is told none.
    perform access.require_role(site_id, 'owner');
end;
$$;

comment on function api.rotate_call_secret(uuid) is
$$A new secret with which the site's telephone provider signs call_event, shown this once. The first is current. A
later one is next: both are good until promote_call_secret, so that the provider can change over. Owners.$$;

grant execute on function api.rotate_call_secret(uuid) to authenticated;
