create function access.support_reason(site_id uuid, user_id uuid) returns text
language plpgsql
stable
set search_path = ''
as $$
begin
    return (
        select support_accesses.reason from app.support_accesses
        where support_accesses.admin_id = support_reason.user_id and support_accesses.expires_at > now()
            and support_accesses.site_id = support_reason.site_id and support_accesses.closed_at is null
        order by support_accesses.opened_at desc limit 1
    );
end;
$$;

comment on function access.support_reason(uuid, uuid) is
'Why this admin works on a site just now: the reason of the open support access; null without one.';
grant execute on function access.support_reason(uuid, uuid) to app_definer;
