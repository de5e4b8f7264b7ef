create function access.erasure_digest(kind text, site_id uuid, value text) returns bytea
language sql
stable
set search_path = ''
as $$
    select extensions.hmac(
        erasure_digest.kind || ':' || erasure_digest.site_id || ':' || erasure_digest.value, secrets.value, 'sha256'
    )
    from access.secrets where secrets.name = 'erasure';
$$;

comment on function access.erasure_digest(text, uuid, text) is
'How an erased person is remembered: nobody without the key can tell whom it stands for.';
grant execute on function access.erasure_digest(text, uuid, text) to app_definer;
