create function access.feed_site_id() returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
    v_text text;
    v_digest bytea;
    v_site_id uuid;
begin
    begin
        v_text := convert_from(
            decode((regexp_match(access.header('authorization'), '^basic +([A-Za-z0-9+/=]+)$', 'i'))[1],
                'base64'), 'UTF8'
        );
    exception when invalid_parameter_value or character_not_in_repertoire or untranslatable_character then
        v_text := null;
    end;
    -- Digests are compared, so that the work tells nothing about the secret; the same work is done for an unknown name.
    v_digest := sha256(convert_to(coalesce(substr(v_text, strpos(v_text, ':') + 1), ''), 'UTF8'));
    select feed_credentials.site_id into v_site_id
    from access.feed_credentials
    join app.sites on sites.id = feed_credentials.site_id and sites.deleted_at is null
    where feed_credentials.user_name = split_part(v_text, ':', 1)
        and feed_credentials.revoked_at is null
        and (
            feed_credentials.secret_sha256 = v_digest
            or feed_credentials.previous_sha256 = v_digest and feed_credentials.previous_until > now()
        );
    if v_site_id is null then
        perform access.refuse(401, jsonb_build_array(
            jsonb_build_object('WWW-Authenticate', 'Basic realm="OpsMantik feed", charset="UTF-8"'),
            jsonb_build_object('Content-Type', 'text/plain; charset=utf-8'),
            jsonb_build_object('Cache-Control', 'no-store')
        ));
    end if;
    return v_site_id;
end;
$$;

comment on function access.feed_site_id() is
'The site that the request''s Basic credentials select; null, with status 401 set, where they '
'select none.';
grant execute on function access.feed_site_id() to app_definer;
