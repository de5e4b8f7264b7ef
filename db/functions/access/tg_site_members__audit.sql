create function access.tg_site_members__audit() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_site_id uuid := case tg_op when 'DELETE' then old.site_id else new.site_id end;
begin
    -- With the site itself gone there is no chain to write to.
    if exists (select from app.sites where sites.id = v_site_id) then
        perform access.write_audit(
            v_site_id, lower(tg_op), 'site_member', case tg_op when 'DELETE' then old.user_id else new.user_id end,
            case when tg_op <> 'INSERT' then jsonb_build_object('role', old.role) end,
            case when tg_op <> 'DELETE' then jsonb_build_object('role', new.role) end
        );
    end if;
    return null;
end;
$$;

comment on function access.tg_site_members__audit() is 'Records who became, changed or ceased to be a member.';
