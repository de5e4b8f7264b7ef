-- Functions of schema api: the names of their arguments, and the kind of body that each takes.
select
    pg_proc.proname as name,
    case
        when pg_proc.pronargs = 0 or coalesce(pg_proc.proargnames[1], '') <> '' then 'application/json'
        when pg_proc.proargtypes[0] in ('json'::regtype, 'jsonb'::regtype) then 'application/json'
        when pg_proc.proargtypes[0] = 'bytea'::regtype then 'application/octet-stream'
        else 'text/plain'
    end as takes,
    array_remove(coalesce(pg_proc.proargnames[1:pg_proc.pronargs], '{}'), '') as arguments
from pg_catalog.pg_proc
where pg_proc.pronamespace = 'api'::regnamespace
order by pg_proc.proname
