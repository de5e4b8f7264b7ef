create function app.card_stats(
    site_id uuid, kind text, froms timestamptz[], untils timestamptz[], dimensions text[]
) returns table (
    piece integer, dimension text, value text, is_ads boolean,
    intents bigint, phone bigint, whatsapp bigint, form bigint, call bigint,
    pending bigint, sealed bigint, junk bigint, cancelled bigint, revenue numeric
)
language plpgsql
stable
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
begin
    if kind = 'sales' then
        return query
        select
            part.piece::integer, one.dimension,
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
        from unnest(froms, untils) with ordinality as part (since, until, piece)
        join app.calls as card
            on card.site_id = card_stats.site_id and card.sealed_at >= part.since and card.sealed_at < part.until
                and card.status = 'confirmed' and card.deleted_at is null
        cross join unnest(dimensions) as one (dimension)
        group by 1, 2, 3, 4;
        return;
    end if;
    return query
    select
        part.piece::integer, one.dimension,
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
    from unnest(froms, untils) with ordinality as part (since, until, piece)
    join app.calls as card
        on card.site_id = card_stats.site_id and card.tapped_at >= part.since and card.tapped_at < part.until
            and card.deleted_at is null
    cross join unnest(dimensions) as one (dimension)
    group by 1, 2, 3, 4;
end;
$$;

comment on function app.card_stats(uuid, text, timestamptz[], timestamptz[], text[]) is
'The measures of leads (cards by their own time) or sales (by the time of sealing) from the raw '
'cards of some pieces of time, without deleted ones. Both the job and the dashboard ask here.';
grant execute on function app.card_stats(uuid, text, timestamptz[], timestamptz[], text[]) to authenticated;
