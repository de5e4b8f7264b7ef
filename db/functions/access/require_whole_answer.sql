create function access.require_whole_answer() returns void
language plpgsql
stable
set search_path = ''
as $$
begin
    -- A cast or an operator that fails on the answer would undo what the call wrote: an attempt that was counted, a
    -- log-in that was ended.
    if current_query() ~ '\mpgrst_source\M' and current_query() ~ '\m(CAST|WHERE)\M'
        or access.header('prefer') ~* 'max-affected' then
        raise sqlstate 'PT400' using
            message = 'filter_not_allowed',
            detail = 'The answer of this function is taken whole: no filters and no casts.',
            hint = 'Leave them out of the address; select may name columns.';
    end if;
end;
$$;

comment on function access.require_whole_answer() is
'Raises PT400 filter_not_allowed, before anything is done, for a request that could fail after the call and so undo '
'its trace.';
grant execute on function access.require_whole_answer() to app_definer;
