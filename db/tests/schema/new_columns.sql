-- A release adds a column with a default: what writes the table takes that default, also where its plans are older.
begin;
select no_plan();
select tap.make_everyone();
select tap.lead('before', 'click');
select tap.become('editor');
select is((api.seal(tap.card('before'), 1250.5, 'TRY', 1)).version, 2, 'a visit and a judgement of before');
select tap.become_nobody();

set constraints all immediate;
do $$
declare
    v_name text;
begin
    for v_name in
        select pg_class.oid::regclass::text from pg_class
        where
            pg_class.relnamespace in ('app'::regnamespace, 'access'::regnamespace, 'ops'::regnamespace)
            and pg_class.relkind in ('r', 'p') and not pg_class.relispartition
    loop
        execute format('alter table %s add column added text not null default ''added''', v_name);
    end loop;
end;
$$;

select tap.lead('after', 'click');
select results_eq(
    'select event_count::integer, added from app.sessions order by received_at', $$values (2, 'added'), (2, 'added')$$,
    'a new visit takes the default'
);
select tap.become('editor');
select is((api.seal(tap.card('after'), 1250.5, 'TRY', 1)).version, 2, 'so does a card with its audit');
select tap.become_nobody();
select is(ops.verify_audit(tap.site('acme')), null, 'and the chain holds');

-- The price of naming them: one that open_session forgets is lost.
select results_eq(
    $$
    select attname::text collate "C" from pg_attribute
    where
        attrelid = 'app.sessions'::regclass and attnum > 0 and not attisdropped
        and pg_get_functiondef('ops.open_session'::regproc) !~ format('v_session\.%s\s*[,)]', attname)
    order by 1
    $$,
    $$select name collate "C" from unnest(array['added', 'erased_at', 'marketing_withdrawn_at']) as name$$,
    'a new visit writes every column but those that only come later'
);

select * from finish();
rollback;
