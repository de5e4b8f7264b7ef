create function api.open_support_access(
    site_id uuid, reason text, hours integer default 1, out id uuid, out expires_at timestamptz
) returns record
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_reason text := btrim(reason);
begin
    if not access.is_admin() then
        raise sqlstate 'PT403' using message = 'admin_required', detail = 'Support access is for admins.',
            hint = 'Ask an owner of the site for an invitation.';
    end if;
    if coalesce(
        length(v_reason) not between 10 and 500
        or v_reason ~ '[[:cntrl:]@\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]', true
    ) then
        raise sqlstate 'PT400' using message = 'reason_required',
            detail = 'A reason has 10 to 500 characters in one line, and names nobody''s address.',
            hint = 'Say what you do and for which request: it stays in the audit log for ever.';
    end if;
    if coalesce(hours not between 1 and 8, true) then
        raise sqlstate 'PT400' using message = 'invalid_hours', detail = 'Support access lasts 1 to 8 hours.',
            hint = 'Open it again when it is over.';
    end if;
    if not exists (select from app.sites where sites.id = open_support_access.site_id) then
        raise sqlstate 'PT404' using message = 'site_not_found', detail = 'There is no such site.',
            hint = 'GET /rpc/admin_sites_list lists them.';
    end if;
    -- One at a time: a new one takes the place of the admin's last.
    update app.support_accesses set closed_at = now(), closed_by = access.user_id()
    where support_accesses.site_id = open_support_access.site_id and support_accesses.admin_id = access.user_id()
        and support_accesses.closed_at is null and support_accesses.expires_at > now();
    insert into app.support_accesses as opened (site_id, admin_id, reason, expires_at)
    values (open_support_access.site_id, access.user_id(), v_reason, now() + make_interval(hours => hours))
    returning opened.id, opened.expires_at into id, expires_at;
    perform access.write_audit(
        site_id, 'open', 'support_access', id, null, jsonb_build_object('expires_at', expires_at)
    );
end;
$$;

comment on function api.open_support_access(uuid, text, integer) is
$$Lets an admin work on a site of others as its owner would, for 1 to 8 hours. The owners see who, why and until
when, and may end it; the reason stands beside all that is done meanwhile in activity.

403 admin_required. 404 site_not_found. 400 reason_required (10-500 characters), invalid_hours.$$;

grant execute on function api.open_support_access(uuid, text, integer) to authenticated;
