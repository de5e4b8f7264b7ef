create function ops.create_support_token(
    site_id uuid, admin_email text, minutes integer, reason text, out token text, out expires_at timestamptz
) returns record
language plpgsql
set search_path = ''
as $$
declare
    v_admin uuid := (
        select profiles.id from app.profiles
        where profiles.email = access.valid_email(admin_email) and profiles.issuer = 'opsmantik'
            and profiles.role = 'admin' and profiles.disabled_at is null
    );
    v_login uuid;
begin
    if v_admin is null then
        raise exception using
            errcode = 'no_data_found',
            message = format('%s is no admin who can log in here.', admin_email),
            hint = 'pyctl user list shows who is; pyctl user promote makes one.';
    end if;
    if length(btrim(reason)) < 10 then
        raise exception using
            errcode = 'invalid_parameter_value',
            message = 'A reason for support has ten characters or more: the site''s owner reads it.',
            hint = 'Say what you do and for which request.';
    end if;
    expires_at := now() + make_interval(mins => minutes);
    -- One at a time, as in api.open_support_access.
    update app.support_accesses set closed_at = now(), closed_by = v_admin
    where support_accesses.site_id = create_support_token.site_id and support_accesses.admin_id = v_admin
        and support_accesses.closed_at is null and support_accesses.expires_at > now();
    insert into app.support_accesses (site_id, admin_id, reason, expires_at)
    values (site_id, v_admin, btrim(reason), expires_at);
    perform ops.record_act(
        'token_support', site_id::text, reason, jsonb_build_object('admin', v_admin, 'expires_at', expires_at), site_id
    );
    insert into access.logins (user_id) values (v_admin) returning logins.id into v_login;
    token := access.access_token(v_admin, v_login, minutes * 60);
end;
$$;

comment on function ops.create_support_token(uuid, text, integer, text) is
'Opens support access of an admin to a site and gives an access token that ends with it and can not be refreshed. For '
'pyctl. The site''s owners see it, and may end the access.';
