-- Enumerated types with their values in order.
select
    pg_type.oid::regtype::text as name,
    array_agg(pg_enum.enumlabel::text order by pg_enum.enumsortorder) as labels
from pg_type
inner join pg_enum on pg_type.oid = pg_enum.enumtypid
where pg_type.typnamespace in ('app'::regnamespace, 'access'::regnamespace, 'ops'::regnamespace)
group by pg_type.oid
order by name
