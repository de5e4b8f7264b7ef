create function ops.begin_drain(months date[]) returns table (parent text, pages bigint)
language plpgsql
set search_path = ''
as $$
declare
    v_parent regclass;
    v_default regclass;
    v_copy regclass;
    v_name text;
    v_key text;
    v_month date;
    v_end date;
    v_child record;
begin
    perform ops.drop_drain();
    foreach v_parent in array array['app.sessions'::regclass, 'app.events'::regclass] loop
        parent := v_parent::text;
        select partition.name into strict v_default from ops.partitions() as partition
        where partition.parent = begin_drain.parent and partition.month is null;
        v_name := 'draining_' || split_part(parent, '.', 2);
        execute format(
            'create table ops.%I (like %s including all) partition by range (created_month)', v_name, v_parent
        );
        v_copy := format('ops.%I', v_name)::regclass;
        -- Who ingests writes to it, by the trigger below.
        execute format('grant select, insert, delete on table %s to app_definer', v_copy);
        foreach v_month in array months loop
            continue when exists (
                select from ops.partitions() as partition
                where partition.parent = begin_drain.parent and partition.month = v_month
            );
            select shown.partition_schema as schema, shown.partition_table as name into v_child
            from partman.show_partition_name(parent, v_month::text) as shown;
            -- The check proves to the exchange that there is nothing to read through.
            v_end := v_month + interval '1 month';
            execute format(
                'create table %I.%I partition of %s (constraint drained check ('
                'created_month >= %L and created_month < %L)) for values from (%L) to (%L)',
                v_child.schema, v_child.name, v_copy, v_month, v_end, v_month, v_end
            );
            execute format('alter table %I.%I enable row level security', v_child.schema, v_child.name);
        end loop;
        select pg_class.relname as name into v_child from pg_catalog.pg_class where pg_class.oid = v_default;
        -- The next default partition: for months that nobody has seen yet.
        execute format('create table ops.%I partition of %s default', v_child.name, v_copy);
        execute format('alter table ops.%I enable row level security', v_child.name);

        select string_agg(format('copy.%1$I = ($1).%1$I', pg_attribute.attname), ' and ') into v_key
        from pg_catalog.pg_index
        join pg_catalog.pg_attribute
            on pg_attribute.attrelid = pg_index.indrelid and pg_attribute.attnum = any (pg_index.indkey)
        where pg_index.indrelid = v_default and pg_index.indisprimary;
        execute format(
            'create trigger follow after insert or update or delete on %s for each row'
            ' execute function ops.tg_default__follow(%L, %L, %L)',
            v_default, v_copy, v_key, ops.drained_columns(v_parent)
        );
        -- It is about to go; an autovacuum would have each batch wait for a second.
        execute format('alter table %s set (autovacuum_enabled = false)', v_default);
        -- Also where jobs switch triggers off.
        execute format('alter table %s enable always trigger follow', v_default);
        pages := pg_relation_size(v_default) / current_setting('block_size')::bigint;
        return next;
    end loop;
end;
$$;

comment on function ops.begin_drain(date[]) is
'Makes a table beside each default partition, with these months as its partitions, and has every write to the default '
'one follow there. Returns how many pages ops.copy_default has to copy. What an interrupted drain left goes first.';
