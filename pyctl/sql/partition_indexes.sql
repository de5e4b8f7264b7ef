-- A partitioned table's partitions that have no valid part of its index, each with the name that its
-- part gets, and whether an interrupted run has left one of that name.
select
    pg_namespace.nspname as schema,
    child.relname as relation,
    part.name as index,
    own.indisvalid as is_valid
from pg_partition_tree(to_regclass(%(relation)s)) as tree
inner join pg_class as child on tree.relid = child.oid
inner join pg_namespace on child.relnamespace = pg_namespace.oid
cross join lateral (
    select left(%(index)s, 54) || '_' || left(md5(child.relname), 8) as name
) as part
left join pg_class as made on child.relnamespace = made.relnamespace and part.name = made.relname
left join pg_index as own on made.oid = own.indexrelid
where
    tree.isleaf
    and not exists (
        select from pg_inherits
        inner join pg_index on pg_inherits.inhrelid = pg_index.indexrelid
        where
            pg_inherits.inhparent = to_regclass(%(qualified)s) and pg_index.indrelid = child.oid
            and pg_index.indisvalid
    )
order by child.relname
