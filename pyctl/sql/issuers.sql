select
    issuers.iss,
    issuers.aud,
    issuers.keys,
    issuers.keys_url,
    to_char(issuers.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') as updated_at,
    issuers.last_error
from access.issuers
where issuers.iss <> 'opsmantik'
