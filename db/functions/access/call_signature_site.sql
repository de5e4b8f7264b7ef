create function access.call_signature_site(body text, public_key text, signature text) returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
    v_said text[] := regexp_match(signature, '^t=([0-9]{1,12}),v1=([0-9a-f]{64})$');
    v_secrets access.call_secrets;
    v_input bytea;
begin
    select call_secrets.* into v_secrets from access.call_secrets
    where call_secrets.site_id = coalesce(
        (
            select sites.id from app.sites
            where sites.deleted_at is null and (
                sites.public_key = call_signature_site.public_key
                or sites.previous_key = call_signature_site.public_key and sites.previous_key_until > now()
            )
        ),
        '00000000-0000-0000-0000-000000000000'
    );
    v_input := convert_to(coalesce(v_said[1], '') || '.' || body, 'UTF8');
    -- Digests of digests are compared, so that the time tells nothing; without a site the same work is done.
    if sha256(decode(coalesce(v_said[2], ''), 'hex')) in (
        sha256(extensions.hmac(v_input, convert_to(coalesce(v_secrets.current_secret, 'none'), 'UTF8'), 'sha256')),
        sha256(extensions.hmac(v_input, convert_to(
            coalesce(v_secrets.next_secret, v_secrets.current_secret, 'none'), 'UTF8'
        ), 'sha256'))
    ) and abs(v_said[1]::numeric - extract(epoch from now())) <= 300 then
        return v_secrets.site_id;
    end if;
    return null;
end;
$$;

comment on function access.call_signature_site(text, text, text) is
'The site whose secret, current or next, signed this body in the last five minutes; else null.';
grant execute on function access.call_signature_site(text, text, text) to app_definer;
