create function ops.create_feed_credential(site_id uuid, user_name text, reason text) returns text
language plpgsql
set search_path = ''
as $$
declare
    v_secret text := access.create_feed_credential(site_id, user_name);
begin
    perform ops.record_act('feed_create', user_name, reason, jsonb_build_object('user_name', user_name), site_id);
    return v_secret;
end;
$$;

comment on function ops.create_feed_credential(uuid, text, text) is
'Makes the credentials of a feed and records that. For pyctl; the secret is returned this once.';
