create function ops.missing_months() returns table (name text, month date)
language sql
stable
set search_path = ''
as $$
    select parent.name, wanted.month::date
    from (values ('app.sessions'), ('app.events')) as parent (name)
    join partman.part_config on part_config.parent_table = parent.name
    cross join lateral generate_series(
        -- What began last month goes on: a visit lasts over midnight, an event may be a week late.
        date_trunc('month', now() at time zone 'UTC') - interval '1 month',
        date_trunc('month', now() at time zone 'UTC') + part_config.premake * interval '1 month',
        interval '1 month'
    ) as wanted (month)
    where not exists (
        select from ops.partitions() as partition
        where partition.parent = parent.name and partition.month = wanted.month::date
    )
    order by parent.name desc, wanted.month;
$$;

comment on function ops.missing_months() is
'Months of sessions and events that have no partition, from the last one to as many ahead as '
'partman.part_config.premake says.';
