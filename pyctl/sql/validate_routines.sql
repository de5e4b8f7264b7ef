-- Bodies were loaded unread, so that files need no order. Now that all is there, each is read, as at its creation.
do $$
declare
    v_routine record;
    v_detail text;
begin
    set local check_function_bodies = on;
    for v_routine in
        select pg_proc.oid, pg_proc.oid::pg_catalog.regprocedure as name, pg_language.lanname as language
        from pg_catalog.pg_proc
        join pg_catalog.pg_language on pg_language.oid = pg_proc.prolang
        join pg_catalog.pg_namespace on pg_namespace.oid = pg_proc.pronamespace
        where pg_namespace.nspname in ('app', 'access', 'ops', 'api', 'reporting')
            and pg_language.lanname in ('sql', 'plpgsql')
        order by 2
    loop
        begin
            if v_routine.language = 'sql' then
                perform pg_catalog.fmgr_sql_validator(v_routine.oid);
            else
                perform pg_catalog.plpgsql_validator(v_routine.oid);
            end if;
        exception when others then
            get stacked diagnostics v_detail = pg_exception_detail;
            raise exception using
                errcode = sqlstate,
                message = pg_catalog.concat_ws(': ', v_routine.name, sqlerrm, nullif(v_detail, '')),
                hint = 'The file of that name under db/ has the body.';
        end;
    end loop;
end;
$$;
