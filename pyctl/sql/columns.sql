-- The columns of a table in their order, with types.
select
    attname as name,
    format_type(atttypid, atttypmod) as type
from pg_attribute
where attrelid = %(name)s::regclass and attnum > 0 and not attisdropped
order by attnum
