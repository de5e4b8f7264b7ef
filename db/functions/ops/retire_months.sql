create function ops.retire_months() returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_month date;
begin
    select min(sessions.created_month) into v_month from app.sessions;
    if v_month is null or v_month >= (
        select date_trunc('month', now() at time zone 'UTC') - make_interval(months => settings.raw_months)
        from ops.settings
    ) then
        return 0;
    end if;
    perform ops.retire_month(v_month);
    return 1;
end;
$$;

comment on function ops.retire_months() is
'Job: retires the oldest month of sessions and events that ops.settings.raw_months keeps no longer. '
'Returns how many months; 0 when there is none.';
