create function app.card_stats(
    site_id uuid, kind text, froms timestamptz[], untils timestamptz[], dimensions text[],
    ads_only boolean default false
) returns table (
    piece integer, dimension text, value text, is_ads boolean,
    intents bigint, phone bigint, whatsapp bigint, form bigint, call bigint,
    pending bigint, sealed bigint, junk bigint, cancelled bigint, revenue numeric
)
language plpgsql
stable
set search_path = ''
set plan_cache_mode = force_generic_plan
-- A plan for any range guesses a few rows, and would sort texts and keep copies of whole cards.
set enable_sort = off
set enable_material = off
as $$
declare
    v_first integer := 1;
    v_last integer;
    v_since timestamptz;
    v_until timestamptz;
begin
    -- Pieces that touch are read at once, as in app.visit_stats.
    while v_first <= cardinality(froms) loop
        v_last := v_first;
        while v_last < cardinality(froms) and untils[v_last] = froms[v_last + 1] loop
            v_last := v_last + 1;
        end loop;
        v_since := froms[v_first];
        v_until := untils[v_last];
        v_first := v_last + 1;
        if kind = 'sales' then
            return query
            select
                width_bucket(card.sealed_at, (select froms)), one.dimension,
                app.stats_value(
                    one.dimension, card.attribution, card.utm_source, card.utm_campaign, card.utm_term, card.matchtype,
                    card.network, card.device_type, card.device_os, card.city, card.district, card.entry_page,
                    card.referrer_host
                ),
                card.is_ads,
                0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint,
                count(*),
                0::bigint, 0::bigint,
                coalesce(sum(card.sale_amount), 0)
            from app.calls as card
            cross join unnest(dimensions) as one (dimension)
            where card.site_id = card_stats.site_id and card.sealed_at >= v_since and card.sealed_at < v_until
                and card.status = 'confirmed' and card.deleted_at is null and (card.is_ads or not ads_only)
            group by 1, 2, 3, 4;
            continue;
        end if;
        return query
        select
            width_bucket(card.tapped_at, (select froms)), one.dimension,
            app.stats_value(
                one.dimension, card.attribution, card.utm_source, card.utm_campaign, card.utm_term, card.matchtype,
                card.network, card.device_type, card.device_os, card.city, card.district, card.entry_page,
                card.referrer_host
            ),
            card.is_ads,
            count(*),
            count(*) filter (where card.intent_action = 'phone'),
            count(*) filter (where card.intent_action = 'whatsapp'),
            count(*) filter (where card.intent_action = 'form'),
            count(*) filter (where card.intent_action = 'call'),
            count(*) filter (where card.status = 'intent'),
            count(*) filter (where card.status = 'confirmed'),
            count(*) filter (where card.status = 'junk'),
            count(*) filter (where card.status = 'cancelled'),
            coalesce(sum(card.sale_amount) filter (where card.status = 'confirmed'), 0)
        from app.calls as card
        cross join unnest(dimensions) as one (dimension)
        where card.site_id = card_stats.site_id and card.tapped_at >= v_since and card.tapped_at < v_until
            and card.deleted_at is null and (card.is_ads or not ads_only)
        group by 1, 2, 3, 4;
    end loop;
end;
$$;

comment on function app.card_stats(uuid, text, timestamptz[], timestamptz[], text[], boolean) is
'The measures of leads (cards by their own time) or sales (by the time of sealing) from the raw '
'cards of some pieces of time, without deleted ones. Both the job and the dashboard ask here.';
grant execute on function app.card_stats(uuid, text, timestamptz[], timestamptz[], text[], boolean) to authenticated;
