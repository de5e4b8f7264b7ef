-- Only where it still is: one that was removed meanwhile stays removed.
update access.issuers set
    keys = %(keys)s::jsonb,
    updated_at = now(),
    tried_at = now(),
    last_error = null
where issuers.iss = %(iss)s and issuers.keys_url = %(url)s
returning issuers.iss
