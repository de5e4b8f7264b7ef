create function app.conversion_refusal(
    is_consent_denied boolean, click_id_type text, click_id text, clicked_at timestamptz, amount numeric,
    window_days integer
) returns text
language sql
stable
set search_path = ''
as $$
    select case
        when is_consent_denied then 'no_marketing_consent'
        when click_id is null then 'no_click_id'
        when click_id_type not in ('gclid', 'gbraid', 'wbraid') then 'other_platform'
        when length(click_id) > 256 or click_id !~ '^[A-Za-z0-9_.-]+$' then 'invalid_click_id'
        when clicked_at is null then 'no_click_time'
        when clicked_at < now() - make_interval(days => window_days) then 'click_too_old'
        when coalesce(amount, 0) <= 0 then 'no_amount'
    end;
$$;

comment on function app.conversion_refusal(boolean, text, text, timestamptz, numeric, integer) is
'Why a sale can not be exported; null where it can. GOOGLE_OCI, Windows and bad input.';
grant execute on function app.conversion_refusal(boolean, text, text, timestamptz, numeric, integer) to app_definer;
