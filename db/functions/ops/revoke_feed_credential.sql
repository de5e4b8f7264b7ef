create function ops.revoke_feed_credential(user_name text, reason text) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_site_id uuid;
begin
    update access.feed_credentials as standing set revoked_at = now(), previous_sha256 = null, previous_until = null
    where standing.user_name = revoke_feed_credential.user_name and standing.revoked_at is null
    returning standing.site_id into v_site_id;
    if v_site_id is null then
        raise exception using
            errcode = 'no_data_found', message = format('No credentials %s are in use.', user_name),
            hint = 'pyctl feed credentials list shows them.';
    end if;
    perform ops.record_act('feed_revoke', user_name, reason, jsonb_build_object('user_name', user_name), v_site_id);
end;
$$;

comment on function ops.revoke_feed_credential(text, text) is 'Ends the credentials of a feed at once. For pyctl.';
