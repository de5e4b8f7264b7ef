create function app.tg_site_members__keep_owner() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    if old.role <> 'owner' or (tg_op = 'UPDATE' and new.role = 'owner' and new.site_id = old.site_id) then
        return null;
    end if;
    -- Two owners leaving at once would each still see the other: the second waits here and counts again.
    perform from app.sites where sites.id = old.site_id for no key update;
    if found and not exists (
        select from app.site_members where site_members.site_id = old.site_id and site_members.role = 'owner'
    ) then
        raise sqlstate 'PT409' using
            message = 'last_owner',
            detail = 'A site keeps at least one owner.',
            hint = 'Make another member owner first.';
    end if;
    return null;
end;
$$;

comment on function app.tg_site_members__keep_owner() is 'At commit, a site that still exists must have an owner.';
