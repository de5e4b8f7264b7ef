create function app.tg_calls__mark() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    insert into app.stats_marks (site_id, kind, at)
    select distinct late.site_id, late.kind, late.at
    from (
        values
        (case when tg_op <> 'INSERT' then old.site_id end, 'leads', case when tg_op <> 'INSERT' then old.tapped_at end),
        (case when tg_op <> 'INSERT' then old.site_id end, 'sales', case when tg_op <> 'INSERT' then old.sealed_at end),
        (case when tg_op <> 'DELETE' then new.site_id end, 'leads', case when tg_op <> 'DELETE' then new.tapped_at end),
        (case when tg_op <> 'DELETE' then new.site_id end, 'sales', case when tg_op <> 'DELETE' then new.sealed_at end)
    ) as late (site_id, kind, at)
    where late.at < clock_timestamp() - interval '15 minutes';
    return null;
end;
$$;

comment on function app.tg_calls__mark() is
'Marks the times of a card that was written to late, for the rollups. Definer: operators write '
'cards, and only it writes marks.';
