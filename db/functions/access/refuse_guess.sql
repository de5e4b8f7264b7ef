create function access.refuse_guess(purpose text, status integer, out message text, out hint text) returns record
language plpgsql
set search_path = ''
as $$
declare
    v_wait integer := ops.take_tokens(
        purpose || ':' || coalesce((access.client()).ip_prefix::text, ''), 1, 60, 120
    );
begin
    if v_wait > 0 then
        message := 'too_many_attempts';
        hint := format('Wait %s seconds.', v_wait);
        perform access.refuse_busy(v_wait);
        return;
    end if;
    perform access.refuse(status);
end;
$$;

comment on function access.refuse_guess(text, integer) is
'Refuses a token that is none: with that status, or with 429 who does it often. Who has a real one never pays.';
grant execute on function access.refuse_guess(text, integer) to app_definer;
