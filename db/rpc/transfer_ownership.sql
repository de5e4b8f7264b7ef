create function api.transfer_ownership(site_id uuid, user_id uuid) returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_self uuid := access.user_id();
begin
    perform access.require_role(site_id, 'owner');
    -- In order of their ids: two transfers at once do not wait for each other for ever.
    perform from app.site_members
    where site_members.site_id = transfer_ownership.site_id
        and site_members.user_id in (transfer_ownership.user_id, v_self)
    order by site_members.user_id
    for update;
    -- It may have been handed over while we waited.
    perform access.require_role(site_id, 'owner');
    perform access.lock_member(site_id, user_id);
    if user_id = v_self then
        raise sqlstate 'PT409' using
            message = 'already_owner', detail = 'The site is yours already.', hint = 'Name another member.';
    end if;
    update app.site_members set
        role = case when site_members.user_id = transfer_ownership.user_id then 'owner' else 'editor' end
    where site_members.site_id = transfer_ownership.site_id
        and site_members.user_id in (transfer_ownership.user_id, v_self);
    set constraints app.site_members_20_keep_owner immediate;
end;
$$;

comment on function api.transfer_ownership(uuid, uuid) is
$$Hands your ownership of a site to another member; you stay as editor. Owners (an admin makes an owner and keeps
out). 404 member_not_found. 409 already_owner.$$;

grant execute on function api.transfer_ownership(uuid, uuid) to authenticated;
