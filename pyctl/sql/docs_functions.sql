-- Every function of schema api, as the reference tells it.
select
    pg_proc.proname as name,
    obj_description(pg_proc.oid, 'pg_proc') as comment,
    pg_proc.provolatile <> 'v' as reads,
    pg_get_function_result(pg_proc.oid) as result,
    case when pg_proc.proretset then 'rows' else 'one' end as how_many,
    (
        select coalesce(json_agg(json_build_object(
            'name', coalesce(pg_proc.proargnames[argument.position], ''),
            'type', format_type(argument.type, null),
            'default', pg_get_function_arg_default(pg_proc.oid, argument.position::integer)
        ) order by argument.position), '[]')
        from unnest(pg_proc.proargtypes::oid[]) with ordinality as argument (type, position)
    ) as arguments,
    (
        select coalesce(json_agg(json_build_object(
            'name', pg_proc.proargnames[argument.position], 'type', format_type(argument.type, null)
        ) order by argument.position), '[]')
        from unnest(pg_proc.proallargtypes) with ordinality as argument (type, position)
        where pg_proc.proargmodes[argument.position] in ('o', 't', 'b')
    ) as columns,
    (
        select coalesce(json_agg(json_build_object(
            'name', pg_attribute.attname, 'type', format_type(pg_attribute.atttypid, pg_attribute.atttypmod)
        ) order by pg_attribute.attnum), '[]')
        from pg_catalog.pg_type
        inner join pg_catalog.pg_attribute on pg_type.typrelid = pg_attribute.attrelid
        where pg_type.oid = pg_proc.prorettype and pg_attribute.attnum > 0 and not pg_attribute.attisdropped
    ) as fields,
    (
        select array_agg(acl.grantee::regrole::text order by acl.grantee::regrole::text)
        from aclexplode(pg_proc.proacl) as acl
        where acl.grantee <> pg_proc.proowner
    ) as roles
from pg_catalog.pg_proc
where pg_proc.pronamespace = 'api'::regnamespace
order by pg_proc.proname
