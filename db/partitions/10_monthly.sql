-- Months are UTC. Both pg_partman generations by one call; no privileges are handed down, so that
-- a child is never a way past RLS.
select
    partman.create_parent(
        p_parent_table => parent.name,
        p_control => 'created_month',
        p_interval => '1 month',
        p_premake => 4,
        p_type => case when split_part(extension.extversion, '.', 1)::integer >= 5 then 'range' else 'native' end
    )
from (values ('app.sessions'), ('app.events')) as parent (name)
cross join pg_catalog.pg_extension as extension
where extension.extname = 'pg_partman';

-- Without infinite_time_partitions a quiet table gets no new month.
update partman.part_config
set infinite_time_partitions = true, inherit_privileges = false
where parent_table in ('app.sessions', 'app.events');

select app.secure_partitions();
