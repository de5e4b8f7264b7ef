create function app.canonical_target(action text, raw text, country text) returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
    v_raw text := app.url_decode(replace(btrim(raw), '+', '%2B'));
    v_number text;
begin
    if v_raw is null or v_raw = '' then
        return null;
    end if;
    if action not in ('phone', 'whatsapp') then
        return left(v_raw, 200);
    end if;
    v_number := case
        when v_raw ~* '[?&]phone=' then substring(v_raw from '(?i)[?&]phone=([^&#]*)')
        when v_raw ~* 'wa\.me/' then substring(v_raw from '(?i)wa\.me/([^/?#]*)')
        else substring(v_raw from '^(?:[A-Za-z]+:)?/*([^;?#]*)')
    end;
    -- A trunk zero in brackets is not dialled from abroad; an extension in words is no part of the number.
    v_number := regexp_replace(substring(replace(v_number, '(0)', '') from '^[^A-Za-z]*'), '[^0-9+]', '', 'g');
    v_number := left(v_number, 1) || replace(substr(v_number, 2), '+', '');
    v_number := case
        when v_number like '+%' then v_number
        when v_number like '00%' then '+' || substr(v_number, 3)
        when country = 'TR' and length(v_number) = 10 then '+90' || v_number
        when country = 'TR' and length(v_number) = 11 and v_number like '0%' then '+90' || substr(v_number, 2)
        when country = 'TR' and length(v_number) = 12 and v_number like '90%' then '+' || v_number
        when action = 'whatsapp' and v_number <> '' then '+' || v_number
        else v_number
    end;
    if v_number in ('', '+') then
        return left(v_raw, 200);
    end if;
    return case action when 'phone' then 'tel:' else 'wa:' end || left(v_number, 32);
end;
$$;

comment on function app.canonical_target(text, text, text) is
'tel:+E.164 or wa:+E.164 by the rules of DOMAIN; forms as they are named; what holds no number '
'stays as it came.';
grant execute on function app.canonical_target(text, text, text) to app_definer;
