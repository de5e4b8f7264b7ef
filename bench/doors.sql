-- What the measured functions are held against: the same way in, and nothing done.
create function api.bench_nothing(text) returns json language sql volatile set search_path = ''
as $$ select '{"accepted": 0}'::json $$;
revoke all on function api.bench_nothing(text) from public;
grant execute on function api.bench_nothing(text) to anon;
create function api.bench_nobody(site_id uuid) returns boolean language sql stable set search_path = ''
as $$ select true $$;
revoke all on function api.bench_nobody(uuid) from public;
grant execute on function api.bench_nobody(uuid) to authenticated;
notify pgrst, 'reload schema';
