create function app.sale_of_subject(site app.sites, subject_id uuid) returns app.sale
language sql
stable
set search_path = ''
as $$
    select
        count(*),
        -- A card that a job approved counts with the site's value for such, or not at all.
        sum(case
            when calls.score_breakdown ->> 'qualified_by' = 'auto' and calls.sale_amount is null
                then coalesce(site.auto_approve_value, 0)
            else coalesce(calls.sale_amount, 0)
        end),
        coalesce(bool_or(calls.marketing_consent is false), false),
        (array_agg(calls.id order by calls.tapped_at, calls.id))[1],
        (array_agg(calls.click_id_type order by calls.tapped_at, calls.id)
            filter (where calls.click_id is not null))[1],
        (array_agg(calls.click_id order by calls.tapped_at, calls.id)
            filter (where calls.click_id is not null))[1],
        (array_agg(calls.clicked_at order by calls.tapped_at, calls.id)
            filter (where calls.click_id is not null))[1],
        (array_agg(calls.tapped_at order by calls.tapped_at, calls.id))[1],
        (array_agg(calls.sealed_at order by calls.tapped_at, calls.id))[1],
        max(calls.sealed_at),
        coalesce(bool_and(calls.marketing_consent), false)
    from app.calls
    where calls.site_id = site.id and (calls.session_id = subject_id or calls.id = subject_id)
        and calls.status = 'confirmed' and calls.deleted_at is null;
$$;

comment on function app.sale_of_subject(app.sites, uuid) is
'The sale of a session: sum over its confirmed cards, identifier and times of the first.';
grant execute on function app.sale_of_subject(app.sites, uuid) to app_definer;
