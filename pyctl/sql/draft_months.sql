-- Facts as in draft_facts: what pg_partman is told of each table. Another key or interval is no mere setting.
select
    'after' as place,
    'whole' as how,
    'months' as kind,
    null as of_what,
    part_config.parent_table as name,
    '' as body,
    format(
        'select partman.create_parent(p_parent_table => %L, p_control => %L, p_interval => %L, p_premake => %L,'
        ' p_type => case when split_part(extversion, ''.'', 1)::integer >= 5 then ''range'' else ''native'' end)'
        ' from pg_catalog.pg_extension where extname = ''pg_partman''',
        part_config.parent_table, part_config.control, part_config.partition_interval, part_config.premake
    ) as made,
    format('delete from partman.part_config where parent_table = %L', part_config.parent_table)
    || coalesce(format(E';\ndrop table %s', to_regclass(part_config.template_table)), '') as undone
from partman.part_config
union all
select
    'after' as place,
    'change' as how,
    'months' as kind,
    null as of_what,
    format('%s %s', part_config.parent_table, setting.key) as name,
    coalesce(setting.value, 'null') as body,
    format(
        'update partman.part_config set %I = %L where parent_table = %L', setting.key, setting.value,
        part_config.parent_table
    ) as made,
    null as undone
from partman.part_config
cross join lateral jsonb_each_text(to_jsonb(part_config)) as setting
where
    setting.key not in (
        'parent_table', 'control', 'partition_interval', 'partition_type', 'template_table', 'datetime_string', 'epoch',
        'undo_in_progress', 'maintenance_last_run', 'date_trunc_interval'
    )
order by name
