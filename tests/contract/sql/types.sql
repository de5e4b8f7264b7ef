-- The types that functions of api answer with, and whatever else a file put into the schema.
select pg_type.oid::regtype::text || case
    when pg_type.typtype = 'd' then ' is ' || format_type(pg_type.typbasetype, null)
    else (
        select string_agg(
            e'\n    ' || pg_attribute.attname || ' ' || format_type(pg_attribute.atttypid, pg_attribute.atttypmod), ''
            order by pg_attribute.attnum
        )
        from pg_attribute
        where pg_attribute.attrelid = pg_type.typrelid and pg_attribute.attnum > 0 and not pg_attribute.attisdropped
    )
end as said
from pg_type
where
    pg_type.typtype in ('c', 'd')
    and (
        pg_type.typnamespace = 'api'::regnamespace
        or pg_type.oid in (
            select pg_proc.prorettype from pg_proc
            where pg_proc.pronamespace = 'api'::regnamespace
        )
    )
order by pg_type.oid::regtype::text
