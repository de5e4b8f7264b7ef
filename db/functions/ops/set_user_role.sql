create function ops.set_user_role(user_id uuid, is_admin boolean, reason text) returns void
language plpgsql
set search_path = ''
as $$
begin
    if not is_admin then
        perform ops.keep_an_admin(user_id);
    end if;
    update app.profiles set role = case when is_admin then 'admin' else 'user' end
    where profiles.id = set_user_role.user_id and (profiles.role = 'admin') <> is_admin;
    if not found then
        raise exception using
            errcode = 'object_not_in_prerequisite_state',
            message = case when is_admin then 'They are admin already.' else 'They are no admin.' end,
            hint = 'pyctl user list shows who is.';
    end if;
    perform ops.record_act(case when is_admin then 'user_promote' else 'user_demote' end, user_id::text, reason);
end;
$$;

comment on function ops.set_user_role(uuid, boolean, text) is
'Makes a person admin of the installation, or no more: at once, live tokens too. The last one stays. For pyctl.';
