create function ops.give_way() returns void
language plpgsql
set search_path = ''
as $$
begin
    -- Shorter than the others' deadlock_timeout: in a deadlock it is we who step back.
    perform set_config('lock_timeout', '800ms', true);
    -- Only when it looks for deadlocks does the server end an autovacuum that is in the way.
    if has_parameter_privilege('deadlock_timeout', 'set') then
        perform set_config('deadlock_timeout', '100ms', true);
    end if;
end;
$$;

comment on function ops.give_way() is
'Until the transaction ends: who takes whole tables gives up rather than have ingest queue behind them, and an '
'autovacuum gives way to them.';
