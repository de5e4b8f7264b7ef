-- What pg_partman is told of each table. How many months it makes ahead is the operator's.
select
    'row' as kind,
    'months of ' || part_config.parent_table as name,
    (
        select string_agg(format('%s: %s', told.key, told.value), e'\n' order by told.key)
        from
            jsonb_each(
                to_jsonb(part_config)
                - '{parent_table,premake,template_table,undo_in_progress,maintenance_last_run}'::text[]
            ) as told
    ) as definition
from partman.part_config
union all
select
    'months ahead' as kind,
    part_config.parent_table as name,
    part_config.premake::text as definition
from partman.part_config
order by kind, name
