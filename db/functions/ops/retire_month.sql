create function ops.retire_month(month date) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_end date := (month + interval '1 month')::date;
    v_raw_from timestamptz := v_end::timestamp at time zone 'UTC';
    v_refusal text;
    v_parent text;
    v_child regclass;
begin
    -- Rather fail and be retried than queue ingest behind us; in the order in which ingest takes them.
    perform ops.give_way();
    lock table app.sessions, app.events in access exclusive mode;
    v_refusal := ops.retire_refusal(month);
    if v_refusal is null and exists (
        select from app.sessions where sessions.created_month < retire_month.month
    ) then
        v_refusal := 'There are older months: they go first.';
    end if;
    if v_refusal is not null then
        raise exception using
            errcode = 'object_not_in_prerequisite_state',
            message = format('%s can not be retired. %s', month, v_refusal);
    end if;
    foreach v_parent in array array['app.events', 'app.sessions'] loop
        for v_child in
            select child.oid
            from pg_catalog.pg_inherits as link
            join pg_catalog.pg_class as child on child.oid = link.inhrelid
            where link.inhparent = v_parent::regclass
                and pg_catalog.pg_get_expr(child.relpartbound, child.oid)
                like format('FOR VALUES FROM (''%s%%'') TO (''%s%%'')', month, v_end)
        loop
            execute format('alter table %s detach partition %s', v_parent, v_child);
            execute format('drop table %s', v_child);
        end loop;
    end loop;
    if exists (select from app.sessions where sessions.created_month = retire_month.month)
        or exists (select from app.events where events.created_month = retire_month.month) then
        raise exception using
            errcode = 'object_not_in_prerequisite_state',
            message = format('%s can not be retired. Rows of it are in the default partition.', month),
            hint = 'Drain it first.';
    end if;
    update app.stats_progress set raw_from = v_raw_from where stats_progress.raw_from < v_raw_from;
    insert into ops.retired_months (month) values (retire_month.month) on conflict do nothing;
end;
$$;

comment on function ops.retire_month(date) is
'Drops the sessions and events of a month. What the dashboard says about it stays: visits from the '
'rollups, leads and sales from the cards. Refuses a month that is younger than 190 days, not the '
'oldest, or not wholly rolled.';
