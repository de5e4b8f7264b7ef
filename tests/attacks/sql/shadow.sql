-- A schema in which every function, operator, type and table that our code names stands a second time, hostile.
create schema hostile;

create function hostile.sprung(what text) returns void language plpgsql set search_path = pg_catalog as $$
begin
    raise exception 'shadowed: %', what using errcode = 'HOST1';
end;
$$;

do $$
declare
    v_one record;
    v_made integer := 0;
    v_named constant text[] := array(
        select distinct word[1]
        from pg_proc cross join regexp_matches(prosrc || coalesce(pg_get_function_sqlbody(oid), ''), '\m([a-z0-9_]+)\(', 'g') as word
        where pronamespace in ('app'::regnamespace, 'access'::regnamespace, 'ops'::regnamespace, 'api'::regnamespace)
    );
begin
    for v_one in
        select
            pg_proc.oid, proname, pg_get_function_identity_arguments(pg_proc.oid) as arguments,
            pg_get_function_result(pg_proc.oid) as result
        from pg_proc
        where pronamespace in ('pg_catalog'::regnamespace, 'extensions'::regnamespace) and prokind = 'f'
            and not proretset and proname = any (v_named)
    loop
        begin
            execute format(
                'create function hostile.%I(%s) returns %s language plpgsql as %L', v_one.proname, v_one.arguments,
                v_one.result, format('begin perform hostile.sprung(%L); return null; end', v_one.proname)
            );
            v_made := v_made + 1;
        -- what can not be written in plpgsql (any, internal) is left out
        exception when others then
            null;
        end;
    end loop;
    if v_made < 100 then
        raise exception 'only % functions', v_made;
    end if;
    v_made := 0;
    for v_one in
        select oprname, oprleft::regtype as left_type, oprright::regtype as right_type, oprresult::regtype as result
        from pg_operator
        where oprnamespace = 'pg_catalog'::regnamespace and oprkind = 'b'
            and array[oprleft, oprright]::regtype[] <@ array[
                'text', 'uuid', 'timestamptz', 'timestamp', 'date', 'interval', 'integer', 'bigint', 'numeric', 'boolean',
                'jsonb', 'json', 'bytea', 'name', 'inet', 'text[]', 'smallint', 'double precision'
            ]::regtype[]
    loop
        v_made := v_made + 1;
        execute format(
            'create function hostile.operator_%s(%s, %s) returns %s language plpgsql as %L', v_made,
            v_one.left_type, v_one.right_type, v_one.result,
            format('begin perform hostile.sprung(%L); return null; end', v_one.oprname)
        );
        execute format(
            'create operator hostile.%s (function = hostile.operator_%s, leftarg = %s, rightarg = %s)', v_one.oprname,
            v_made, v_one.left_type, v_one.right_type
        );
    end loop;
    if v_made < 150 then
        raise exception 'only % operators', v_made;
    end if;
    for v_one in
        select distinct relname from pg_class
        where relnamespace in ('app'::regnamespace, 'access'::regnamespace, 'ops'::regnamespace) and relkind in ('r', 'p')
    loop
        execute format('create table hostile.%I (site_id text)', v_one.relname);
    end loop;
    foreach v_one.relname in array array['uuid', 'text', 'jsonb', 'timestamptz', 'numeric', 'bytea'] loop
        if to_regtype('hostile.' || v_one.relname) is null then
            execute format('create type hostile.%I as (sprung boolean)', v_one.relname);
        end if;
    end loop;
end;
$$;

grant usage on schema hostile to public;
