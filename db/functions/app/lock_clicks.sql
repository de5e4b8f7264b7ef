create function app.lock_clicks(site_id uuid, subject_ids uuid[]) returns void
language plpgsql
set search_path = ''
as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('click:' || site_id || click.id, 0))
    from (
        select '' as id
        union
        select calls.click_id from app.calls
        where calls.site_id = lock_clicks.site_id and calls.click_id is not null
            and (calls.session_id = any (subject_ids) or calls.id = any (subject_ids))
        order by 1
    ) as click;
end;
$$;

comment on function app.lock_clicks(uuid, uuid[]) is
'The locks that app.write_conversion takes one by one, in one order, for who writes several at once.';
grant execute on function app.lock_clicks(uuid, uuid[]) to authenticated, app_definer;
