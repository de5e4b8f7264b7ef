-- Versions and extensions: what is missing or too old, and how to mend it.
with
    wanted (name, oldest) as (values ('pg_partman', 4.7), ('pgcrypto', 1.3)),
    found as (
        select
            wanted.name,
            wanted.oldest,
            pg_extension.extversion,
            substring(pg_extension.extversion from '^\d+(?:\.\d+)?')::numeric as version
        from wanted
        left join pg_catalog.pg_extension on pg_extension.extname = wanted.name
    )
select
    format('PostgreSQL is %s, 15 is the oldest', current_setting('server_version')) as what,
    'Move to a newer one (pg_upgrade).' as mend
where current_setting('server_version_num')::integer < 150000
union all
select
    format('extension %s is missing', found.name),
    format('Install its package and run: create extension %s schema %s', found.name, case found.name
        when 'pg_partman' then 'partman' else 'extensions' end)
from found
where found.extversion is null
union all
select
    format('extension %s is %s, %s is the oldest', found.name, found.extversion, found.oldest),
    format('Upgrade its package and run: alter extension %s update', found.name)
from found
where found.version < found.oldest
union all
select
    format('extension %s is %s, its files are %s', available.name, available.installed_version, available.default_version),
    format('As superuser: alter extension %s update', available.name)
from pg_catalog.pg_available_extensions as available
where available.installed_version <> available.default_version
