create function app.setting_fault(name text, value jsonb) returns text
language sql
immutable
set search_path = ''
as $$
    -- null where it can be stored; the tables' own checks say the same of what comes by other ways.
    select case
        when kind.json is null then 'unknown_setting'
        when jsonb_typeof(value) = 'null' then
            case when kind.is_nullable then null else 'given, and not null' end
        when jsonb_typeof(value) <> kind.json then 'a ' || kind.json
        when name = 'domain' and not app.is_host(value #>> '{}') then 'a host name such as shop.example'
        when name = 'name' and value #>> '{}' !~ '^[^[:cntrl:]]{1,200}$' then '1 to 200 characters'
        when name = 'name' and btrim(value #>> '{}') = '' then '1 to 200 characters'
        when name = 'country' and value #>> '{}' !~ '^[A-Z]{2}$' then 'an ISO 3166 code such as TR'
        when name = 'currency' and not app.is_currency(value #>> '{}') then 'an ISO 4217 code such as TRY'
        when name = 'consent_mode' and value #>> '{}' not in ('none', 'required') then 'none or required'
        when name = 'conversion_time_basis' and value #>> '{}' not in ('lead', 'seal') then 'lead or seal'
        when name = 'conversion_name' and value #>> '{}' !~ '^[^=+@[:cntrl:]-][^[:cntrl:]]{0,99}$'
            then '1 to 100 characters, not beginning with = + - @'
        when kind.json = 'number' and kind.scale = 0 and value::text !~ '^[0-9]{1,15}$' then 'a whole number'
        when kind.json = 'number' and value::text !~ '^[0-9]{1,10}(\.[0-9]{1,2})?$'
            and kind.scale > 0 then 'an amount with at most two decimals'
        -- In a case of its own: the planner computes what is constant before it looks at the condition.
        when kind.json = 'number' and not (
            case when jsonb_typeof(value) = 'number' then value::numeric end between kind.least and kind.most
        )
            then format('%s to %s', kind.least, kind.most)
        when name in ('undo_window', 'conversion_hold', 'adjustment_hold')
            and value #>> '{}' !~ '^[0-9]{1,3}:[0-5][0-9](:[0-5][0-9])?$'
            then 'hours, minutes and seconds such as 06:00:00'
        when name = 'undo_window' and (value #>> '{}')::interval > interval '24 hours' then 'at most 24:00:00'
        when name in ('conversion_hold', 'adjustment_hold') and (value #>> '{}')::interval > interval '720 hours'
            then 'at most 720:00:00'
        when name = 'allowed_origins' and (
            jsonb_array_length(value) > 50 or exists (
                select from jsonb_array_elements(value) as origin (said)
                where jsonb_typeof(origin.said) <> 'string' or not app.is_host(origin.said #>> '{}')
            )
        ) then 'a list of at most 50 host names such as shop.example'
        when name = 'config' and length(value::text) > 16384 then 'at most 16,384 characters'
        when name = 'config' and value ? 'chips' and not app.are_chips(value -> 'chips')
            then 'chips: a list of at most 24 objects with a label, and perhaps an amount and a note'
    end
    from (select) as one
    left join (
        values
        ('name', 'string', false, 0, null::numeric, null::numeric),
        ('domain', 'string', false, 0, null, null),
        ('country', 'string', false, 0, null, null),
        ('time_zone', 'string', false, 0, null, null),
        ('currency', 'string', false, 0, null, null),
        ('allowed_origins', 'array', false, 0, null, null),
        ('consent_mode', 'string', false, 0, null, null),
        ('events_per_minute', 'number', false, 0, 60, 1000000),
        ('monthly_event_quota', 'number', true, 0, 0, 1000000000000),
        ('assumed_cpc', 'number', false, 2, 0, 9999999999),
        ('default_lead_value', 'number', true, 2, 0, 9999999999),
        ('auto_approve', 'boolean', false, 0, null, null),
        ('auto_approve_hours', 'number', false, 0, 1, 168),
        ('auto_approve_value', 'number', true, 2, 0.01, 9999999999),
        ('undo_window', 'string', false, 0, null, null),
        ('conversion_name', 'string', false, 0, null, null),
        ('conversion_time_basis', 'string', false, 0, null, null),
        ('conversion_hold', 'string', false, 0, null, null),
        ('conversion_window_days', 'number', false, 0, 1, 90),
        ('adjustment_hold', 'string', false, 0, null, null),
        ('retention_months', 'number', true, 0, 7, 1200),
        ('config', 'object', false, 0, null, null)
    ) as kind (setting, json, is_nullable, scale, least, most) on kind.setting = setting_fault.name;
$$;

comment on function app.setting_fault(text, jsonb) is
'What a setting of a site should be instead, in words; unknown_setting for what is none; null where '
'it is fine.';
grant execute on function app.setting_fault(text, jsonb) to app_definer;
