-- The issuer whose keys are to be read again, taken for as long as that: two runners read them once.
update access.issuers set tried_at = now()
where issuers.iss <> 'opsmantik' and issuers.keys_url is not null and issuers.tried_at <= now() - interval '10 minutes'
returning issuers.iss, issuers.keys_url
