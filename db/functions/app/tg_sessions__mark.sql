create function app.tg_sessions__mark() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    if tg_op <> 'INSERT' and not old.is_bot then
        insert into app.stats_marks (site_id, kind, at) values (old.site_id, 'visits', old.created_at);
    end if;
    if tg_op = 'INSERT' and not new.is_bot
        or tg_op = 'UPDATE' and not new.is_bot and (old.is_bot or new.created_at <> old.created_at) then
        insert into app.stats_marks (site_id, kind, at) values (new.site_id, 'visits', new.created_at);
    end if;
    return null;
end;
$$;

comment on function app.tg_sessions__mark() is 'Marks the time of a session that was written to late, for the rollups.';
grant execute on function app.tg_sessions__mark() to app_definer;
