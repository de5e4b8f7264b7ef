create function ops.takeout_queries(site_id uuid) returns table (name text, query text)
language sql
stable
set search_path = ''
as $$
    select
        wanted.name,
        format(
            'select row_to_json(line) from (select %s from %s where %I = %L) as line',
            (
                select string_agg(quote_ident(pg_attribute.attname), ', ' order by pg_attribute.attnum)
                from pg_catalog.pg_attribute
                where pg_attribute.attrelid = wanted.relation and pg_attribute.attnum > 0
                    and not pg_attribute.attisdropped
                    -- What opens a door is not the tenant's to carry about.
                    and pg_attribute.attname !~ '(sha256|secret)$'
            ),
            wanted.relation, wanted.key, takeout_queries.site_id
        )
    from (
        select replace(tenant.name, '.', '_') as name, tenant.relation, 'site_id' as key
        from ops.tenant_tables() as tenant
        union all
        select 'app_sites', 'app.sites', 'id'
    ) as wanted
    union all
    select 'people', format(
        'select row_to_json(line) from (select profiles.id, profiles.email, profiles.display_name, site_members.role'
        ' from app.site_members join app.profiles on profiles.id = site_members.user_id'
        ' where site_members.site_id = %L) as line', takeout_queries.site_id
    )
    order by 1;
$$;

comment on function ops.takeout_queries(uuid) is
'What a takeout of a site reads: a file name and a query of JSON lines for every table of tenants. No secrets, no '
'digests of secrets.';
