create function api.recent_intents(
    site_id uuid,
    status text default null,
    action text default null,
    ads_only boolean default false,
    search text default null,
    page_size integer default 50,
    cursor text default null,
    direction text default 'older',
    with_total boolean default false
) returns setof app.card
language plpgsql
stable
rows 50
set search_path = ''
-- A search that finds much ends with its first page only if the inbox is read in its order.
set enable_sort = off
as $$
declare
    v_place record;
    v_digits text;
    v_words text[];
    v_pattern text;
    v_page text := case when length(search) <= 2000 then app.search_page(search) end;
    v_filter text;
    v_ids uuid[];
    v_total bigint;
begin
    perform access.require_role(site_id, 'viewer');
    if status is not null and status not in ('intent', 'confirmed', 'junk', 'cancelled') then
        raise sqlstate 'PT400' using
            message = 'invalid_status',
            hint = 'Use intent, confirmed, junk or cancelled, or leave it out.';
    end if;
    if action is not null and action not in ('phone', 'whatsapp', 'form', 'call') then
        raise sqlstate 'PT400' using
            message = 'invalid_action', hint = 'Use phone, whatsapp, form or call, or leave it out.';
    end if;
    if direction is null or direction not in ('older', 'newer') then
        raise sqlstate 'PT400' using message = 'invalid_direction', hint = 'Use older or newer.';
    end if;
    if length(search) > 300 and v_page is null then
        raise sqlstate 'PT400' using message = 'invalid_search', hint = 'At most 300 characters.';
    end if;
    perform access.require_page_size(page_size);
    v_place := access.place_of(cursor);
    v_pattern := app.search_pattern(left(search, 300));
    -- However a number is written, its last digits are the same.
    v_digits := '%' || app.search_digits(search) || '%';

    -- A pasted message holds the code of its tap among other words.
    v_words := regexp_split_to_array(upper(search), '[^0-9A-Z]+');

    -- Only the filters that are asked for: each list is then one range of an index.
    v_filter := concat_ws(
        ' and ',
        'calls.site_id = $1',
        'calls.deleted_at is null',
        case when status is not null then 'calls.status = $2' end,
        case when action is not null then 'calls.intent_action = $3' end,
        case when ads_only then 'calls.is_ads' end,
        case when v_pattern is not null then
            '(concat_ws(chr(10), calls.intent_target, calls.last_target, calls.entry_page, calls.note, '
            || 'calls.caller_phone, '
            || 'calls.reference, '
            || 'calls.utm_campaign, calls.utm_term) ~ $4'
            || ' or calls.caller_phone like $5 or calls.intent_target like $5 or calls.last_target like $5'
            || ' or calls.reference = any ($9)'
            || case
                when v_page is not null then
                    ' or calls.entry_page = $10 or starts_with(calls.entry_page, $10 || ''?'')'
                    || ' or starts_with(calls.entry_page, $10 || ''&'')'
                else ''
            end
            || ')'
        end
    );
    execute format(
        'select array_agg(place.id order by place.received_at desc, place.id desc)'
        ' from (select calls.id, calls.received_at from app.calls where %s%s'
        ' order by calls.received_at %3$s, calls.id %3$s limit $8) as place',
        v_filter,
        case when cursor is not null then
            ' and (calls.received_at, calls.id) ' || case direction when 'older' then '<' else '>' end || ' ($6, $7)'
        end,
        case direction when 'older' then 'desc' else 'asc' end
    ) into v_ids using site_id, status, action, v_pattern, v_digits, v_place.at, v_place.id, page_size, v_words,
        v_page;
    if with_total then
        execute format('select count(*) from (select from app.calls where %s limit 10001) as found', v_filter)
        into v_total
        using site_id, status, action, v_pattern, v_digits, v_place.at, v_place.id, page_size, v_words,
            v_page;
    end if;
    if v_total is null then
        return query select card.* from access.cards(site_id, v_ids) as card;
    else
        return query
        select with_total.* from access.cards(site_id, v_ids) as card
        cross join lateral jsonb_populate_record(card, jsonb_build_object('total', v_total)) as with_total;
    end if;
end;
$$;

comment on function api.recent_intents(
    uuid, text, text, boolean, text, integer, text, text, boolean
) is
$$The lead inbox of a site, newest first, with all that a card shows.

status intent, confirmed, junk or cancelled; action phone, whatsapp, form or call.
search looks into numbers however they are written, also as a link, the dialled target, page, note, campaign, keyword
and the code of a pasted WhatsApp message; case and Turkish marks do not matter. An address is looked for as its page
is kept: with its path and utm keys, whatever its host and click ids.
page_size 1-200. For the next page pass the cursor of the last card: new leads do not shift it; direction newer with
the cursor of the first card gives the page before it. with_total adds how many there are, 10001 standing for more
than 10,000.
404 site_not_found. 400 invalid_status, invalid_action, invalid_search, invalid_page_size, invalid_cursor,
invalid_direction.$$;

grant execute on function api.recent_intents(
    uuid, text, text, boolean, text, integer, text, text, boolean
) to authenticated;
