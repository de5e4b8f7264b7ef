create function ops.seen_session(
    site app.sites, doc jsonb, events app.parsed_event[], ip_prefix cidr, geo text[], user_agent text
) returns app.sessions
language plpgsql
stable
as $$
declare
    v_session app.sessions;
    v_url text := app.text_of(doc #> '{p,u}', 4096);
    v_params jsonb := app.query_params(v_url);
    v_width text := doc #>> '{p,sw}';
    v_host text := left(app.url_host(app.text_of(doc #> '{p,r}', 2048)), 255);
begin
    v_session.site_id := site.id;
    v_session.id := (doc ->> 's')::uuid;
    v_session.ip_prefix := ip_prefix;
    select min(event.occurred_at), max(event.occurred_at), min(event.occurred_at),
        date_trunc('month', min(event.occurred_at) at time zone 'UTC')
    into v_session.created_at, v_session.last_event_at, v_session.first_event_at, v_session.created_month
    from unnest(events) as event;
    -- One statement for all of them: assignments are prepared anew, each on its own, in each transaction.
    select
        app.text_of(doc -> 'f', 64),
        app.text_of(doc -> 'v', 32),
        left(app.url_host(v_url), 255),
        app.clean_url(v_url),
        case when not coalesce(app.host_in(v_host, site.domain || site.allowed_origins), false) then v_host end,
        v_params ->> 'gclid',
        v_params ->> 'wbraid',
        v_params ->> 'gbraid',
        v_params ->> 'msclkid',
        v_params ->> 'fbclid',
        v_params ->> 'ttclid',
        -- Whole seconds: an exported conversion has no finer time, and must not lie before its click.
        case when v_params ?| array['gclid', 'wbraid', 'gbraid', 'msclkid', 'fbclid', 'ttclid']
            then date_trunc('second', v_session.created_at) end,
        left(v_params ->> 'utm_source', 256),
        left(lower(v_params ->> 'utm_medium'), 256),
        left(v_params ->> 'utm_campaign', 256),
        left(v_params ->> 'utm_term', 256),
        left(v_params ->> 'utm_content', 256),
        left(lower(v_params ->> 'matchtype'), 32),
        left(v_params ->> 'network', 64),
        left(v_params ->> 'placement', 256),
        left(v_params ->> 'device', 32),
        app.is_ads(
            v_params ?| array['gclid', 'wbraid', 'gbraid', 'msclkid', 'fbclid', 'ttclid'],
            left(lower(v_params ->> 'utm_medium'), 256)
        ),
        nullif(left(app.url_decode(geo[1]), 100), ''),
        nullif(left(app.url_decode(geo[2]), 100), ''),
        nullif(left(app.url_decode(geo[3]), 100), ''),
        app.is_bot(user_agent),
        app.device_type(user_agent, doc #> '{p,ch}'),
        app.device_os(user_agent, doc #> '{p,ch}'),
        case when v_width ~ '^[0-9]{1,5}$' then v_width::integer end,
        case when site.consent_mode = 'required' then true end,
        coalesce(app.consent_flag(doc #> '{c,m}'), case when site.consent_mode = 'required' then false end)
    into
        v_session.visitor_id,
        v_session.script_version,
        v_session.page_host,
        v_session.entry_page,
        v_session.referrer_host,
        v_session.gclid,
        v_session.wbraid,
        v_session.gbraid,
        v_session.msclkid,
        v_session.fbclid,
        v_session.ttclid,
        v_session.clicked_at,
        v_session.utm_source,
        v_session.utm_medium,
        v_session.utm_campaign,
        v_session.utm_term,
        v_session.utm_content,
        v_session.matchtype,
        v_session.network,
        v_session.placement,
        v_session.device_param,
        v_session.is_ads,
        v_session.country,
        v_session.city,
        v_session.district,
        v_session.is_bot,
        v_session.device_type,
        v_session.device_os,
        v_session.screen_width,
        v_session.analytics_consent,
        v_session.marketing_consent;
    return v_session;
end;
$$;

comment on function ops.seen_session(app.sites, jsonb, app.parsed_event[], cidr, text[], text) is
'What this batch alone says of its session. Attribution and daily flags need the past: '
'ops.open_session and ops.fill_session.';
grant execute on function ops.seen_session(app.sites, jsonb, app.parsed_event[], cidr, text[], text) to app_definer;
