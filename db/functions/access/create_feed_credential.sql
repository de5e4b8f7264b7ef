create function access.create_feed_credential(site_id uuid, user_name text) returns text
language plpgsql
set search_path = ''
as $$
declare
    v_secret text := encode(extensions.gen_random_bytes(16), 'hex');
begin
    insert into access.feed_credentials (user_name, site_id, secret_sha256)
    values (user_name, site_id, sha256(convert_to(v_secret, 'UTF8')));
    return v_secret;
end;
$$;

comment on function access.create_feed_credential(uuid, text) is
'Makes the Basic credentials of a site''s feeds and returns the secret, this once.';
