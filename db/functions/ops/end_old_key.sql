create function ops.end_old_key(site_id uuid, reason text) returns void
language plpgsql
set search_path = ''
as $$
begin
    perform access.lock_site(site_id);
    update app.sites set previous_key = null, previous_key_until = null
    where sites.id = end_old_key.site_id and sites.previous_key is not null;
    if not found then
        raise exception using
            errcode = 'object_not_in_prerequisite_state', message = 'There is no old key.',
            hint = 'pyctl site rotate-key makes one.';
    end if;
    perform ops.record_act('site_end_old_key', site_id::text, reason, '{}', site_id);
end;
$$;

comment on function ops.end_old_key(uuid, text) is 'Ends the key before the present one at once, for pyctl.';
