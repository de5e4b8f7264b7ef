create function app.merge_signals(signals text[], shown text[]) returns text[]
language plpgsql
immutable
parallel safe
as $$
begin
    return array(select distinct one from unnest(signals || shown) as one order by 1);
end;
$$;

comment on function app.merge_signals(text[], text[]) is 'Distinct signals of both, sorted.';
grant execute on function app.merge_signals(text[], text[]) to app_definer;
