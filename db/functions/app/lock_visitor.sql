create function app.lock_visitor(site_id uuid, visitor_id text) returns void
language sql
return pg_advisory_xact_lock(hashtextextended('visitor:' || site_id || visitor_id, 0));

comment on function app.lock_visitor(uuid, text) is
'Taken before the rows of a visitor''s sessions by whoever moves their daily flags: one session of a day is the '
'first, and nobody deadlocks over them.';
grant execute on function app.lock_visitor(uuid, text) to app_definer;
