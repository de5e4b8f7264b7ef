create function app.score(signals text[]) returns integer
language plpgsql
immutable
parallel safe
as $$
begin
    -- plpgsql keeps its plan; an SQL function with a subquery is planned at every call.
    return (select least(coalesce(sum(app.signal_points(signal)), 0), 100)::integer from unnest(signals) as signal);
end;
$$;

comment on function app.score(text[]) is 'Sum of the distinct signals, capped at 100.';
grant execute on function app.score(text[]) to app_definer;
