with old as (
    update access.issuers set
        aud = %(aud)s,
        keys = %(keys)s::jsonb,
        keys_url = %(url)s,
        updated_at = now(),
        tried_at = now(),
        last_error = null
    where issuers.iss = %(iss)s and issuers.iss <> 'opsmantik'
    returning issuers.iss
)

insert into access.issuers (iss, aud, role, keys, keys_url)
select
    %(iss)s,
    %(aud)s,
    'authenticated',
    %(keys)s::jsonb,
    %(url)s
where not exists (select from old)
