create function access.lock_audit(site_id uuid) returns void
language plpgsql
set search_path = ''
as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('audit:' || site_id, 0));
end;
$$;

comment on function access.lock_audit(uuid) is 'The end of a site''s audit chain, until the transaction ends.';
grant execute on function access.lock_audit(uuid) to authenticated, app_definer;
