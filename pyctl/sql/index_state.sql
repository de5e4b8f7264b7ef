-- An index by its name and table: is it there, is it whole.
select pg_index.indisvalid as is_valid
from pg_index
inner join pg_class as index on pg_index.indexrelid = index.oid
inner join pg_class as relation on pg_index.indrelid = relation.oid
where
    index.relname = %(index)s
    and relation.relname = %(relation)s
    and relation.relnamespace = to_regnamespace(%(schema)s)
