-- pg_partman knows a table by its name.
select
    format('update partman.part_config set parent_table = %%L where parent_table = %%L', %(new)s::text, %(old)s::text)
    as statement
from partman.part_config
where parent_table = %(old)s
