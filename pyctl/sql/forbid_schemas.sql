do $$
begin
    execute pg_catalog.format('revoke create on database %I from app_owner', pg_catalog.current_database());
end
$$;
