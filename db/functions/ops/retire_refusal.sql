create function ops.retire_refusal(month date, site_id uuid default null) returns text
language plpgsql
stable
set search_path = ''
as $$
declare
    v_raw_from timestamptz := (month + interval '1 month') at time zone 'UTC';
    v_site text;
begin
    select format('%s (%s)', sites.name, sites.id) into v_site
    from app.sites
    left join app.stats_progress as progress on progress.site_id = sites.id
    where (retire_refusal.site_id is null or sites.id = retire_refusal.site_id) and exists (
        select from app.sessions
        where sessions.site_id = sites.id and sessions.created_month = retire_refusal.month
    ) and (
        progress.site_id is null or progress.time_zone <> sites.time_zone
        or progress.rolled_until < app.frozen_until(v_raw_from, progress.time_zone)
        or exists (
            select from app.stats_marks
            where stats_marks.site_id = sites.id and stats_marks.kind = 'visits'
                and stats_marks.at < app.frozen_until(v_raw_from, progress.time_zone)
        )
    )
    order by sites.id limit 1;
    return case
        when month <> date_trunc('month', month)::date then 'It is not the first day of a month.'
        when v_raw_from > now() - interval '190 days' then 'It is not over for 190 days: attribution looks 180 back.'
        when v_site is not null then format(
            'Site %s is not rolled so far, or was written to late: the jobs stamp_visits and roll_stats come first.',
            v_site
        )
    end;
end;
$$;

comment on function ops.retire_refusal(date, uuid) is
'Why the raw rows of a month (of one site, where it is given) can not go yet; null: they can.';
