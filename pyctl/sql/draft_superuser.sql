-- Facts as in draft_facts: what only the superuser may make.
select
    'before' as place,
    'whole' as how,
    'extension' as kind,
    null as of_what,
    pg_extension.extname::text as name,
    '' as body,
    format('create extension %I with schema %s', pg_extension.extname, pg_extension.extnamespace::regnamespace) as made,
    format('drop extension %I', pg_extension.extname) as undone
from pg_extension
order by pg_extension.oid
