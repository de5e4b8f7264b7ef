create function ops.partition_findings() returns table (severity text, name text, finding text, way_out text)
language sql
stable
set search_path = ''
as $$
    select 'failing', 'month ' || stray.month,
        format('rows in the default partition: %s sessions, %s events', stray.sessions, stray.events),
        'pyctl partition drain'
    from ops.default_months() as stray
    union all
    select 'failing', parent.name, 'there is no default partition: what has no month is refused',
        'pyctl partition ensure'
    from (values ('app.sessions'), ('app.events')) as parent (name)
    where not exists (
        select from ops.partitions() as partition where partition.parent = parent.name and partition.month is null
    )
    union all
    select 'warning', pg_trigger.tgrelid::regclass::text,
        'each write to it is made twice: a drain runs, or was interrupted', 'pyctl partition drain'
    from pg_catalog.pg_trigger where pg_trigger.tgfoid = 'ops.tg_default__follow()'::regprocedure
    union all
    select
        case when count(partition.name) < 1 then 'failing' else 'warning' end, parent.name,
        format('months ahead: %s, wanted are %s', count(partition.name), coalesce(config.premake, 4)),
        'pyctl partition ensure; then pyctl jobs history upkeep_partitions tells why the job did not'
    from (values ('app.sessions'), ('app.events')) as parent (name)
    left join partman.part_config as config on config.parent_table = parent.name
    left join ops.partitions() as partition
        on partition.parent = parent.name and partition.month > (now() at time zone 'UTC')::date
    group by parent.name, config.premake
    -- One less for the hours in which a month begins.
    having count(partition.name) < coalesce(config.premake, 4) - 1
    union all
    select 'failing', parent.name, format('there is no partition for %s', wanted.month::date),
        'pyctl partition ensure; rows of a past month that is missing: pyctl partition drain'
    from (values ('app.sessions'), ('app.events')) as parent (name)
    cross join lateral (
        select least(min(partition.month), date_trunc('month', now() at time zone 'UTC')::date) as first,
            greatest(max(partition.month), date_trunc('month', now() at time zone 'UTC')::date) as last
        from ops.partitions() as partition where partition.parent = parent.name
    ) as span
    -- A month that was filled by a load may lie alone in the past: only from last month on each must be there.
    cross join lateral generate_series(
        greatest(span.first, (date_trunc('month', now() at time zone 'UTC') - interval '1 month')::date)::timestamp,
        span.last::timestamp, interval '1 month'
    ) as wanted (month)
    where not exists (
        select from ops.partitions() as partition
        where partition.parent = parent.name and partition.month = wanted.month::date
    )
    union all
    select 'failing', partition.name, 'row level security is off', 'pyctl partition ensure'
    from ops.partitions() as partition where not partition.has_rls
    union all
    select 'failing', partition.name, 'it has grants of its own, to ' || array_to_string(partition.grantees, ', '),
        'Find out who gave them; pyctl partition ensure takes them away'
    from ops.partitions() as partition where partition.grantees <> '{}'
    union all
    select 'failing', partition.name, 'it has policies of its own', 'drop policy NAME on ' || partition.name
    from ops.partitions() as partition where partition.policies > 0
    union all
    select 'failing', partition.name, 'it belongs to ' || partition.owner,
        'pyctl partition ensure'
    from ops.partitions() as partition where partition.owner <> 'app_owner'
    union all
    select 'warning', partition.name, 'its part of an index is missing or not valid: ' || missing.name,
        format('create index on the child as %s has it, then alter index %s attach partition NAME', missing.name,
            missing.name)
    from ops.partitions() as partition
    cross join lateral unnest(partition.missing_indexes) as missing (name)
    union all
    select 'warning', partition.name, 'autovacuum treats it as any table', 'pyctl partition ensure'
    from ops.partitions() as partition
    where not partition.options @> app.partition_options(partition.parent, partition.month)
    union all
    select 'failing', parent.name,
        'partman.part_config is not as it must be: infinite_time_partitions true, inherit_privileges false',
        format('update partman.part_config set infinite_time_partitions = true, inherit_privileges = false'
            ' where parent_table = %L', parent.name)
    from (values ('app.sessions'), ('app.events')) as parent (name)
    left join partman.part_config as config on config.parent_table = parent.name
    where not coalesce(config.infinite_time_partitions and not config.inherit_privileges, false);
$$;

comment on function ops.partition_findings() is
'What is wrong with the partitions of sessions and events, each with what to do: failing where rows go astray or lie '
'open, warning where it can wait for the day.';
