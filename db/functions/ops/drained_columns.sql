create function ops.drained_columns(parent regclass) returns text
language sql
stable
set search_path = ''
as $$
    select string_agg(format('%I', pg_attribute.attname), ', ' order by pg_attribute.attnum)
    from pg_catalog.pg_attribute
    where pg_attribute.attrelid = drained_columns.parent and pg_attribute.attnum > 0
        and not pg_attribute.attisdropped and pg_attribute.attgenerated = '';
$$;

comment on function ops.drained_columns(regclass) is 'The columns that a copy of a row is made of, for a statement.';
