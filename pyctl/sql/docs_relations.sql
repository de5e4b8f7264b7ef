-- Tables and views with their columns; partitions are left out.
select
    pg_namespace.nspname as schema,
    pg_class.relname as name,
    case when pg_class.relkind = 'v' then 'view' else 'table' end as kind,
    obj_description(pg_class.oid, 'pg_class') as comment,
    (
        select json_agg(json_build_object(
            'name', pg_attribute.attname,
            'type', format_type(pg_attribute.atttypid, pg_attribute.atttypmod),
            'is_required', pg_attribute.attnotnull,
            'comment', col_description(pg_class.oid, pg_attribute.attnum)
        ) order by pg_attribute.attnum)
        from pg_catalog.pg_attribute
        where pg_attribute.attrelid = pg_class.oid and pg_attribute.attnum > 0 and not pg_attribute.attisdropped
    ) as columns,
    (
        select string_agg(pg_get_constraintdef(pg_constraint.oid), '; ' order by pg_constraint.conname)
        from pg_catalog.pg_constraint
        where pg_constraint.conrelid = pg_class.oid and pg_constraint.contype in ('p', 'u')
    ) as keys,
    (
        select string_agg(pg_get_constraintdef(pg_constraint.oid), '; ' order by pg_constraint.conname)
        from pg_catalog.pg_constraint
        where pg_constraint.conrelid = pg_class.oid and pg_constraint.contype = 'f'
    ) as foreign_keys
from pg_catalog.pg_class
inner join pg_catalog.pg_namespace on pg_class.relnamespace = pg_namespace.oid
where
    pg_namespace.nspname in ('app', 'access', 'ops', 'reporting')
    and pg_class.relkind in ('r', 'p', 'v')
    and not pg_class.relispartition
order by pg_namespace.nspname, pg_class.relname
