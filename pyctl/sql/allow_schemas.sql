do $$
begin
    execute pg_catalog.format('grant create on database %I to app_owner', pg_catalog.current_database());
end
$$;
