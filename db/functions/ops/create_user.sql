create function ops.create_user(email text, password text, display_name text, role text, reason text) returns uuid
language plpgsql
set search_path = ''
as $$
declare
    v_user_id uuid := access.create_user(access.valid_email(email), password, display_name, role);
begin
    perform ops.record_act('user_create', v_user_id::text, reason, jsonb_build_object('role', role));
    return v_user_id;
end;
$$;

comment on function ops.create_user(text, text, text, text, text) is
'Adds a person and records that. For pyctl. Raises as access.valid_email and access.set_password.';
