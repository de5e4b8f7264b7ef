-- Definer functions run with app_definer's few rights, never with those of the tables' owner.
do $$
declare
    v_routine regprocedure;
begin
    for v_routine in
        select pg_proc.oid
        from pg_proc
        where
            pg_proc.prosecdef
            and pg_proc.pronamespace in (
                select oid from pg_namespace where nspname in ('app', 'access', 'ops', 'api')
            )
            and pg_proc.proowner <> 'app_definer'::regrole
    loop
        execute format('alter routine %s owner to app_definer', v_routine);
    end loop;
end
$$;
