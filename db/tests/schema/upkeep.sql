-- What health makes of errors of ours, and what the hourly cleaning takes away.
begin;
select no_plan();
select tap.make_everyone();
create function tap.ingest() returns text language sql as $$select status from ops.checks() where name = 'ingest'$$;
create function tap.broken(count integer, age interval default '1 minute', reason text default 'internal_error') returns void language sql as $$
    insert into ops.bad_rows (site_id, reason, payload, received_at)
    select tap.site('acme'), broken.reason, 'x', now() - age from generate_series(1, count);
$$;

select is(tap.ingest(), 'ok', 'at rest');
select tap.broken(200, reason => 'invalid_id'), tap.broken(200, '61 minutes');
select is(tap.ingest(), 'ok', 'what others did wrong, and what is over, is no trouble');
select tap.broken(1);
select is(tap.ingest(), 'warning', 'one error of ours');
select tap.broken(99);
select is(tap.ingest(), 'warning', 'a hundred');
select tap.broken(1);
select is(tap.ingest(), 'failing', 'past a hundred');
select is((select detail ->> 'internal_errors_last_hour' from ops.checks() where name = 'ingest'), '101', 'and how many');
update ops.bad_rows set replayed_at = now();
select is(tap.ingest(), 'ok', 'what was replayed is settled');
savepoint quiet;
select ops.count_refusal(tap.site('acme'), reason), is(tap.ingest(), 'warning', reason || ': something was not even kept')
from (values ('internal_error'), ('bad_row_cap')) as refusal (reason);
update ops.refusals set last_at = now() - interval '11 minutes';
select is(tap.ingest(), 'ok', 'eleven minutes later');
rollback to quiet;
select ops.count_refusal(tap.site('acme'), 'rate_limited');
select is(tap.ingest(), 'ok', 'a rate limit is no trouble of ours');

-- bad rows: 30 days, and their bytes
delete from ops.bad_rows;
select ops.keep_bad_row(tap.site(site), 'test', null, repeat('x', bytes))
from (values ('acme', 1000), ('acme', 200), ('neighbour', 30)) as row (site, bytes);
update ops.bad_rows set received_at = now() - case octet_length(payload)
    when 1000 then interval '30 days 1 minute' else interval '29 days 23 hours' end;
-- log-ins: 31 days unused
insert into access.logins (user_id, created_at, last_used_at)
select tap.person(name), now() - interval '90 days', now() - used
from (values ('owner', interval '31 days 1 minute'), ('editor', '30 days 23 hours'), ('viewer', '0')) as login (name, used);
select ops.clean_up();
select results_eq('select octet_length(payload) from ops.bad_rows order by 1', 'values (30), (200)', 'bad rows past 30 days go');
select results_eq(
    $$select site_id = tap.site('acme'), bytes from ops.bad_row_usage order by bytes$$,
    $$values (false, 30::bigint), (true, 200)$$, 'and give their bytes back to their site'
);
select results_eq(
    $$select display_name from access.logins join app.profiles on profiles.id = user_id order by 1$$,
    $$values ('editor'), ('viewer')$$, 'log-ins unused for 31 days go'
);

select * from finish();
rollback;
