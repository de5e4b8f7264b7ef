create function access.lock_subjects(site_id uuid, subject_ids uuid[]) returns void
language plpgsql
set search_path = ''
as $$
begin
    -- Whoever writes many cards at once takes everything in one order, so that two of them never wait in a ring:
    -- subjects, their cards, the audit chain, the clicks.
    perform app.lock_subject(subject.id)
    from (select distinct one as id from unnest(subject_ids) as one order by 1) as subject;
    perform from app.calls
    where calls.site_id = lock_subjects.site_id
        and (calls.session_id = any (subject_ids) or calls.id = any (subject_ids))
    order by calls.id
    for update;
    perform access.lock_audit(site_id);
    perform app.lock_clicks(site_id, subject_ids);
end;
$$;

comment on function access.lock_subjects(uuid, uuid[]) is
'All that writing the cards of these subjects will lock, in the order of docs/explanation/house.md.';
grant execute on function access.lock_subjects(uuid, uuid[]) to authenticated, app_definer;
