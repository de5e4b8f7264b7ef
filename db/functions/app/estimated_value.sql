create function app.estimated_value(site_id uuid, utm_term text) returns numeric
language sql
stable
set search_path = ''
as $$
    -- The newest 200 sales are enough for a median and bound what opening a card costs.
    select coalesce(
        (
            select (percentile_cont(0.5) within group (order by sale.sale_amount))::numeric(12, 2)
            from (
                select calls.sale_amount
                from app.calls
                where calls.site_id = estimated_value.site_id and calls.utm_term = estimated_value.utm_term
                    and calls.status = 'confirmed' and calls.sale_amount > 0 and calls.deleted_at is null
                order by calls.sealed_at desc
                limit 200
            ) as sale
        ),
        (select sites.default_lead_value from app.sites where sites.id = estimated_value.site_id)
    );
$$;

comment on function app.estimated_value(uuid, text) is
'Median sealed amount of the same keyword at the site, else the site''s default.';
grant execute on function app.estimated_value(uuid, text) to app_definer;
