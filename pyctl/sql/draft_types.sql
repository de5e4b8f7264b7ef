-- Composite types with their attributes in order, and whether a column of a table holds such values.
select
    pg_class.oid::regclass::text as name,
    array(
        select
            format('%I %s', pg_attribute.attname, format_type(pg_attribute.atttypid, pg_attribute.atttypmod))
            || case
                when pg_attribute.attcollation <> own.typcollation
                    then ' collate ' || pg_attribute.attcollation::regcollation
                else ''
            end
        from pg_attribute
        inner join pg_type as own on pg_attribute.atttypid = own.oid
        where pg_attribute.attrelid = pg_class.oid and pg_attribute.attnum > 0 and not pg_attribute.attisdropped
        order by pg_attribute.attnum
    ) as attributes,
    array(
        select quote_ident(pg_attribute.attname) from pg_attribute
        where pg_attribute.attrelid = pg_class.oid and pg_attribute.attnum > 0 and not pg_attribute.attisdropped
        order by pg_attribute.attnum
    ) as names,
    exists (
        select from pg_attribute as holder
        inner join pg_class as of_holder on holder.attrelid = of_holder.oid and of_holder.relkind in ('r', 'p', 'm')
        where holder.atttypid in (pg_type.oid, pg_type.typarray) and not holder.attisdropped
    ) as is_stored
from pg_class
inner join pg_type on pg_class.oid = pg_type.typrelid
where
    pg_class.relkind = 'c'
    and pg_class.relnamespace in ('app'::regnamespace, 'access'::regnamespace, 'ops'::regnamespace)
order by pg_class.oid
