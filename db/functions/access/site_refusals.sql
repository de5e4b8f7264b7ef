create function access.site_refusals(site_id uuid) returns table (
    is_kept boolean, reason text, count bigint, last_at timestamptz
)
language sql
stable
security definer
rows 10
set search_path = ''
as $$
    select false, refusals.reason, sum(refusals.count)::bigint, max(refusals.last_at)
    from ops.refusals
    where refusals.site_id = site_refusals.site_id
        and refusals.day >= ((now() - interval '7 days') at time zone 'UTC')::date
        and (select access.role_on(site_refusals.site_id)) is not null
    group by refusals.reason
    union all
    select true, bad_rows.reason, count(*), max(bad_rows.received_at)
    from ops.bad_rows
    where bad_rows.site_id = site_refusals.site_id and bad_rows.received_at > now() - interval '7 days'
        and (select access.role_on(site_refusals.site_id)) is not null
    group by bad_rows.reason;
$$;

comment on function access.site_refusals(uuid) is
'What a site of the asker''s was refused in 7 days, by reason, and what was kept aside as a bad row. Counts only.';
grant execute on function access.site_refusals(uuid) to authenticated;
