create function app.clean_url(url text) returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
    v_page text := split_part(url, '#', 1);
    v_path text := split_part(v_page, '?', 1);
    v_kept text;
    v_part text;
begin
    if url = '' then
        return null;
    end if;
    if v_path not like '/%' then
        v_path := coalesce(nullif(regexp_replace(v_path, '^[A-Za-z][A-Za-z0-9+.-]*://[^/]*', ''), ''), '/');
    end if;
    if strpos(v_page, '?') > 0 then
        -- A loop, not a query: this runs for each event.
        foreach v_part in array string_to_array(substr(v_page, strpos(v_page, '?') + 1), '&') loop
            if strpos(v_part, '=') > 0 and split_part(v_part, '=', 1) in (
                'utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content', 'matchtype', 'network',
                'placement'
            ) then
                v_kept := concat_ws('&', v_kept, v_part);
            end if;
        end loop;
    end if;
    return left(v_path || coalesce('?' || v_kept, ''), 1024);
end;
$$;

comment on function app.clean_url(text) is 'Path and allow-listed query keys: what may be kept of a page''s address.';
grant execute on function app.clean_url(text) to authenticated, app_definer;
