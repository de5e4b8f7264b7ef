create function ops.rotate_feed_credential(user_name text, good_for interval, reason text) returns text
language plpgsql
set search_path = ''
as $$
declare
    v_secret text := encode(extensions.gen_random_bytes(16), 'hex');
    v_site_id uuid;
begin
    update access.feed_credentials as standing set
        previous_sha256 = case when good_for > interval '0' then standing.secret_sha256 end,
        previous_until = case when good_for > interval '0' then now() + good_for end,
        secret_sha256 = sha256(convert_to(v_secret, 'UTF8'))
    where standing.user_name = rotate_feed_credential.user_name and standing.revoked_at is null
    returning standing.site_id into v_site_id;
    if v_site_id is null then
        raise exception using
            errcode = 'no_data_found', message = format('No credentials %s are in use.', user_name),
            hint = 'pyctl feed credentials list shows them.';
    end if;
    perform ops.record_act(
        'feed_rotate', user_name, reason, jsonb_build_object('user_name', user_name, 'good_for', good_for), v_site_id
    );
    return v_secret;
end;
$$;

comment on function ops.rotate_feed_credential(text, interval, text) is
'A new secret for the same user name, returned this once; the old one is good for a while longer. For pyctl.';
