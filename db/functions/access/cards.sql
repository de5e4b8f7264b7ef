create function access.cards(site_id uuid, call_ids uuid[]) returns setof app.card
language plpgsql
stable
rows 50
set search_path = ''
-- Planning over all months of sessions costs more than fifty look-ups.
set plan_cache_mode = force_generic_plan
as $$
begin
    -- A download is worth a plan of its own: the kept one may be from when the inbox was empty.
    if cardinality(call_ids) > 100 then
        perform set_config('plan_cache_mode', 'force_custom_plan', true);
    end if;
    return query
    with page as materialized (
        select wanted.ordinal, calls.call
        from unnest(call_ids) with ordinality as wanted (id, ordinal)
        -- The limit keeps it a look-up by key; a join may read the whole inbox.
        cross join lateral (
            select calls as call from app.calls where calls.site_id = cards.site_id and calls.id = wanted.id limit 1
        ) as calls
    ),
    judge as materialized (
        select array(
            select (page.call).sealed_by from page where (page.call).sealed_by is not null
            union
            select (page.call).judged_by from page where (page.call).judged_by is not null
        ) as ids
    ),
    person as materialized (
        select people.user_id, people.name
        from judge
        cross join lateral access.people(cards.site_id, judge.ids) as people
        where judge.ids <> '{}'
    )
    select
        call.id,
        call.site_id,
        call.session_id,
        call.visitor_id,
        call.status,
        call.version,
        call.source,
        call.intent_action,
        call.intent_target,
        call.reference,
        call.caller_phone,
        call.tapped_at,
        call.received_at,
        call.last_tap_at,
        call.last_action,
        call.last_target,
        call.phone_clicks,
        call.whatsapp_clicks,
        call.form_submits,
        call.suspicious,
        call.is_ads,
        call.click_id_type,
        call.click_id,
        call.clicked_at,
        call.attribution,
        call.utm_source,
        call.utm_medium,
        call.utm_campaign,
        call.utm_term,
        call.matchtype,
        call.network,
        call.entry_page,
        call.referrer_host,
        call.device_type,
        call.device_os,
        call.city,
        call.district,
        call.marketing_consent,
        extract(epoch from session.last_event_at - session.first_event_at)::integer,
        session.event_count::integer,
        session.page_views::integer,
        call.lead_score,
        call.score_breakdown,
        call.risk,
        call.risk_reasons,
        call.estimated_value,
        call.sale_amount,
        call.currency,
        call.note,
        call.sealed_at,
        call.sealed_by,
        (select person.name from person where person.user_id = call.sealed_by),
        call.judged_action,
        call.judged_at,
        call.judged_by,
        (select person.name from person where person.user_id = call.judged_by),
        call.oci_status,
        call.oci_reason,
        call.oci_held_until,
        call.updated_at,
        call.deleted_at,
        app.cursor_of(call.received_at, call.id),
        null::bigint,
        null::text,
        null::uuid
    from page
    cross join lateral (select (page.call).*) as call
    left join lateral (
        select sessions.last_event_at, sessions.first_event_at, sessions.event_count, sessions.page_views
        from app.sessions
        where sessions.site_id = cards.site_id and sessions.id = call.session_id
            and sessions.created_month = call.session_month
        limit 1
    ) as session on true
    order by page.ordinal;
end;
$$;

comment on function access.cards(uuid, uuid[]) is
'Cards of a site in the order of the ids, deleted ones too: the one place that says what a card shows.';
grant execute on function access.cards(uuid, uuid[]) to authenticated, app_definer;
