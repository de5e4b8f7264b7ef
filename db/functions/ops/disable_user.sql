create function ops.disable_user(user_id uuid, is_disabled boolean, reason text) returns void
language plpgsql
set search_path = ''
as $$
begin
    if is_disabled then
        perform ops.keep_an_admin(user_id);
    end if;
    if not access.set_disabled(user_id, is_disabled) then
        raise exception using
            errcode = 'object_not_in_prerequisite_state',
            message = case when is_disabled then 'They are disabled already.' else 'They are not disabled.' end,
            hint = 'pyctl user list shows who is.';
    end if;
    perform ops.record_act(case when is_disabled then 'user_disable' else 'user_enable' end, user_id::text, reason);
end;
$$;

comment on function ops.disable_user(uuid, boolean, text) is
'Keeps a person out at once, live tokens too, or lets them in again. The last admin stays. For pyctl.';
