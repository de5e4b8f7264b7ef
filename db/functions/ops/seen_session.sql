create function ops.seen_session(site app.sites, doc jsonb, events app.parsed_event[]) returns app.sessions
language plpgsql
stable
set search_path = ''
as $$
declare
    v_session app.sessions;
    v_url text := app.text_of(doc #> '{p,u}', 4096);
    v_params jsonb := coalesce(app.query_params(v_url), '{}');
    v_agent text := left(access.header('user-agent'), 500);
    v_width text := doc #>> '{p,sw}';
begin
    v_session.site_id := site.id;
    v_session.id := (doc ->> 's')::uuid;
    v_session.visitor_id := app.text_of(doc -> 'f', 64);
    v_session.script_version := app.text_of(doc -> 'v', 32);
    select min(event.occurred_at), max(event.occurred_at)
    into v_session.created_at, v_session.last_event_at
    from unnest(events) as event;
    v_session.first_event_at := v_session.created_at;
    v_session.created_month := (date_trunc('month', v_session.created_at at time zone 'UTC'))::date;
    v_session.page_host := left(app.url_host(v_url), 255);
    v_session.entry_page := app.clean_url(v_url);
    v_session.referrer_host := left(app.url_host(app.text_of(doc #> '{p,r}', 2048)), 255);
    if app.host_in(v_session.referrer_host, site.domain || site.allowed_origins) then
        v_session.referrer_host := null;
    end if;
    v_session.gclid := v_params ->> 'gclid';
    v_session.wbraid := v_params ->> 'wbraid';
    v_session.gbraid := v_params ->> 'gbraid';
    v_session.msclkid := v_params ->> 'msclkid';
    v_session.fbclid := v_params ->> 'fbclid';
    v_session.ttclid := v_params ->> 'ttclid';
    v_session.utm_source := left(v_params ->> 'utm_source', 256);
    v_session.utm_medium := left(lower(v_params ->> 'utm_medium'), 256);
    v_session.utm_campaign := left(v_params ->> 'utm_campaign', 256);
    v_session.utm_term := left(v_params ->> 'utm_term', 256);
    v_session.utm_content := left(v_params ->> 'utm_content', 256);
    v_session.matchtype := left(lower(v_params ->> 'matchtype'), 32);
    v_session.network := left(v_params ->> 'network', 64);
    v_session.placement := left(v_params ->> 'placement', 256);
    v_session.device_param := left(v_params ->> 'device', 32);
    if (app.click_of(v_session)).click_id is not null then
        -- Whole seconds: an exported conversion has no finer time, and must not lie before its click.
        v_session.clicked_at := date_trunc('second', v_session.created_at);
    end if;
    v_session.is_ads := app.is_ads(v_session.clicked_at is not null, v_session.utm_medium);
    v_session.is_bot := app.is_bot(v_agent);
    v_session.device_type := app.device_type(v_agent, doc #> '{p,ch}');
    v_session.device_os := app.device_os(v_agent, doc #> '{p,ch}');
    v_session.screen_width := case when v_width ~ '^[0-9]{1,5}$' then v_width::integer end;
    v_session.analytics_consent := case when site.consent_mode = 'required' then true end;
    v_session.marketing_consent := coalesce(
        app.consent_flag(doc #> '{c,m}'), case when site.consent_mode = 'required' then false end
    );
    return v_session;
end;
$$;

comment on function ops.seen_session(app.sites, jsonb, app.parsed_event[]) is
'What this batch alone says of its session. Attribution and daily flags need the past: '
'ops.open_session and ops.fill_session.';
grant execute on function ops.seen_session(app.sites, jsonb, app.parsed_event[]) to app_definer;
