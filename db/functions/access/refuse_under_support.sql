create function access.refuse_under_support(site_id uuid) returns void
language plpgsql
stable
set search_path = ''
as $$
begin
    if not exists (
        select from app.site_members
        where site_members.site_id = refuse_under_support.site_id and site_members.user_id = access.user_id()
            and site_members.role = 'owner'
    ) then
        raise sqlstate 'PT409' using
            message = 'outlives_support_access',
            detail = 'This would let you in for longer than support access lasts.',
            hint = 'An owner of the site does it, or invites you.';
    end if;
end;
$$;

comment on function access.refuse_under_support(uuid) is
'Raises PT409 outlives_support_access for an admin who is owner by support access only: what lets in for longer is '
'for owners that stand in the list of members.';
grant execute on function access.refuse_under_support(uuid) to app_definer;
