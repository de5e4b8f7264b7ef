create function ops.tenant_tables() returns table (name text, relation regclass)
language sql
stable
set search_path = ''
as $$
    -- From the catalogue: a new table of tenants' data is never forgotten.
    select format('%I.%I', pg_namespace.nspname, pg_class.relname), pg_class.oid::regclass
    from pg_catalog.pg_class
    join pg_catalog.pg_namespace on pg_namespace.oid = pg_class.relnamespace
    where pg_namespace.nspname in ('app', 'access', 'ops')
        and pg_class.relkind in ('r', 'p') and not pg_class.relispartition
        and pg_class.oid <> 'app.site_purges'::regclass
        -- A drain's copies: what is done to the rows follows there.
        and pg_class.relname not in ('draining_sessions', 'draining_events')
        and exists (
            select from pg_catalog.pg_attribute
            where pg_attribute.attrelid = pg_class.oid and pg_attribute.attname = 'site_id'
                and not pg_attribute.attisdropped
        )
    order by 1;
$$;

comment on function ops.tenant_tables() is
'Every table with rows of sites, but app.sites itself: what a takeout writes and a purge deletes.';
