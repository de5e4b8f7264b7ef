-- Equal work for equal answers: whoever asks about an address, known or not, makes the same functions run equally often.
-- Counted, not timed: pg_stat_xact_user_functions is this transaction's own count of calls.
begin;
select no_plan();
set local track_functions = 'all';
select tap.make_everyone();
select access.set_password(tap.person('owner'), 'correct horse battery');
select access.set_password(tap.person('viewer'), 'correct horse battery');
select access.set_disabled(tap.person('viewer'), true);
select tap.headers();

create function tap.calls() returns jsonb language sql security definer as $$
    select jsonb_object_agg(funcid::regprocedure::text, calls) from pg_stat_xact_user_functions
    where schemaname not in ('tap', 'pg_catalog')
$$;
-- What a request made run: function and how often.
create function tap.work(statement text) returns jsonb language plpgsql as $$
declare
    v_before jsonb;
    v_after jsonb;
begin
    delete from ops.rate_buckets;
    perform tap.become_role('anon');
    v_before := tap.calls();
    execute statement;
    v_after := tap.calls();
    perform tap.become_nobody();
    return (
        select jsonb_object_agg(now.key, now.value::bigint - coalesce((v_before ->> now.key)::bigint, 0))
        from jsonb_each_text(v_after) as now
        where now.value::bigint > coalesce((v_before ->> now.key)::bigint, 0)
    );
end;
$$;
create function tap.bcrypts(work jsonb) returns bigint language sql as $$
    select coalesce((work ->> 'extensions.crypt(text,text)')::bigint, (work ->> 'crypt(text,text)')::bigint, 0)
$$;

create temporary table try (name text, kind text, statement text, work jsonb);
insert into try (name, kind, statement)
select format(pattern, email), kind, format('select * from ' || pattern, email)
from (
    values ('api.login(%L, ''a wrong password'')'), ('api.request_password_reset(%L)')
) as call (pattern)
cross join (
    values
    ('owner@people.example', 'known'), ('nobody@people.example', 'unknown'),
    ('viewer@people.example', 'disabled'), ('admin@people.example', 'without a password')
) as who (email, kind);
update try set work = tap.work(statement);

select is(one.work, known.work, format('%s: the same work as for a known address', one.name))
from try as one
join try as known on known.kind = 'known' and left(known.statement, 25) = left(one.statement, 25)
where one.kind <> 'known';
select is(tap.bcrypts(work), case when name like '%login%' then 1::bigint else 0 end, name || ': bcrypt') from try;
select cmp_ok((select count(*) from jsonb_object_keys(work)), '>', 5::bigint, name || ': it is counted') from try;

-- The link of an invitation: a newcomer, one who has an account, one who is kept out: one bcrypt each.
insert into app.invitations (site_id, email, role, token_sha256, invited_by)
select tap.site('neighbour'), email, 'viewer', access.digest(email), tap.person('neighbour')
from unnest(array['owner@people.example', 'newcomer@people.example', 'viewer@people.example']) as email;
select is(
    tap.bcrypts(tap.work(format('select * from api.accept_invite(%L, ''a wrong password'')', email))), 1::bigint, 'accept_invite: ' || email
)
from unnest(array['owner@people.example', 'newcomer@people.example', 'viewer@people.example']) as email;
-- And one that is no link: none, so that a flood of them costs nothing.
select is(tap.bcrypts(tap.work('select * from api.accept_invite(''x'', ''a wrong password'')')), 0::bigint, 'accept_invite: no link');

select * from finish();
rollback;
