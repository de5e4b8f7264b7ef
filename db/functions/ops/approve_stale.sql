create function ops.approve_stale(only_site_id uuid) returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_site record;
    v_count bigint;
    v_done bigint := 0;
begin
    for v_site in
        select stale.site_id as id, array_agg(stale.call_id) as call_ids, array_agg(stale.subject_id) as subject_ids
        from ops.stale_cards(only_site_id) as stale
        group by stale.site_id order by stale.site_id
    loop
        perform access.lock_subjects(v_site.id, v_site.subject_ids);
        -- What an operator judged while we waited is theirs.
        update app.calls set
            status = 'confirmed',
            judged_action = 'auto_approve',
            score_breakdown = calls.score_breakdown || '{"qualified_by": "auto"}'
        from (
            select one.id from unnest(v_site.call_ids) as one (id)
        ) as stale
        where calls.site_id = v_site.id and calls.id = stale.id
            and calls.status = 'intent' and calls.deleted_at is null and calls.judged_action is null;
        get diagnostics v_count = row_count;
        v_done := v_done + v_count;
    end loop;
    return v_done;
end;
$$;

comment on function ops.approve_stale(uuid) is
'Confirms the next 100 stale cards, as the system, without an amount. Returns how many.';
grant execute on function ops.approve_stale(uuid) to app_definer;
