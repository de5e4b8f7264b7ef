create function api.close_support_access(site_id uuid, access_id uuid) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
    perform access.require_role(site_id, 'owner');
    update app.support_accesses set closed_at = now(), closed_by = access.user_id()
    where support_accesses.site_id = close_support_access.site_id and support_accesses.id = access_id
        and support_accesses.closed_at is null and support_accesses.expires_at > now();
    if not found then
        raise sqlstate 'PT404' using
            message = 'support_access_not_found',
            detail = 'There is no such support access, or it has ended.',
            hint = 'GET /rpc/support_accesses lists them.';
    end if;
    perform access.write_audit(site_id, 'close', 'support_access', access_id, null, null);
end;
$$;

comment on function api.close_support_access(uuid, uuid) is
$$Ends an admin's access to a site at once: by an owner, or by the admin.

404 site_not_found, support_access_not_found. 403 owner_required.$$;

grant execute on function api.close_support_access(uuid, uuid) to authenticated;
