create function ops.partition_runway()
returns table (name text, runway integer, default_rows boolean, open_children bigint)
language plpgsql
stable
set search_path = ''
as $$
declare
    v_child record;
begin
    for name in select unnest(array['app.sessions', 'app.events']) loop
        runway := 0;
        default_rows := false;
        open_children := 0;
        for v_child in
            select child.oid::regclass as id, child.relrowsecurity,
                pg_catalog.pg_get_expr(child.relpartbound, child.oid) as bound
            from pg_catalog.pg_inherits as link
            join pg_catalog.pg_class as child on child.oid = link.inhrelid
            where link.inhparent = name::regclass
        loop
            if v_child.bound = 'DEFAULT' then
                execute pg_catalog.format('select exists (select from %s)', v_child.id) into default_rows;
            elsif substring(v_child.bound from 'FROM \(''([0-9-]+)')::date > (now() at time zone 'UTC')::date then
                runway := runway + 1;
            end if;
            if not v_child.relrowsecurity or app.grantees(v_child.id) <> '{}' then
                open_children := open_children + 1;
            end if;
        end loop;
        return next;
    end loop;
end;
$$;

comment on function ops.partition_runway() is
'Per partitioned table: months ahead, whether the default partition holds rows, children without '
'RLS or with grants.';
