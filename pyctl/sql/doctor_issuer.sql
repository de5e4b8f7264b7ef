-- Keys of the external issuer that were not read again: after it changes them nobody of it can log in.
select
    format('the keys of %s were last read %s%s', issuers.iss,
        to_char(issuers.updated_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'), ': ' || issuers.last_error) as what,
    'pyctl issuer refresh; `pyctl jobs run --loop` or `--due` does it by itself, on the machine of PostgREST' as mend
from access.issuers
where
    issuers.keys_url is not null
    and (issuers.last_error is not null or issuers.updated_at < now() - interval '1 hour')
