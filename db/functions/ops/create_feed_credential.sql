create function ops.create_feed_credential(site_id uuid, user_name text, reason text) returns text
language plpgsql
set search_path = ''
as $$
begin
    if user_name !~ '^[a-z0-9][a-z0-9_-]{2,62}$' then
        raise exception using
            errcode = 'invalid_parameter_value',
            message = 'A user name of a feed has 3 to 63 small letters of English, digits, dashes, underscores.',
            hint = 'Choose one such as shop-ads.';
    end if;
    perform ops.record_act('feed_create', user_name, reason, jsonb_build_object('user_name', user_name), site_id);
    return access.create_feed_credential(site_id, user_name);
end;
$$;

comment on function ops.create_feed_credential(uuid, text, text) is
'Makes the credentials of a feed and records that. For pyctl; the secret is returned this once.';
