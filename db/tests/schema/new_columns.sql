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

-- What a step changes belongs to the role that runs steps.
select is_empty(
    $$
    select pg_type.oid::regtype from pg_type
    left join pg_class on pg_type.typrelid = pg_class.oid
    where
        pg_type.typnamespace in ('app'::regnamespace, 'access'::regnamespace, 'ops'::regnamespace)
        and (pg_type.typtype in ('d', 'e', 'r') or pg_class.relkind = 'c')
        and pg_type.typowner <> 'app_owner'::regrole
    $$,
    'each type is app_owner''s'
);

select * from finish();
rollback;
