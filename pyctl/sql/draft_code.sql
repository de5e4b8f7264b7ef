-- Code holds nothing: without it a draft shows what the state alone needs.
do $$
declare
    v_statement text;
begin
    for v_statement in
        select format('drop policy %I on %I.%I', policyname, schemaname, tablename)
        from pg_policies
        where schemaname in ('app', 'access', 'ops')
    loop
        execute v_statement;
    end loop;
    drop schema if exists api, reporting cascade;
end
$$;
