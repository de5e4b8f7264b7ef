create function app.clean_url(url text) returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
    -- plpgsql keeps its plan; an SQL function with a subquery is planned at every call.
    return (
        select left(
            coalesce(nullif(regexp_replace(split_part(split_part(url, '#', 1), '?', 1),
                '^[A-Za-z][A-Za-z0-9+.-]*://[^/]*', ''), ''), '/')
            || coalesce('?' || (
                select string_agg(part.text, '&' order by part.ordinal)
                from regexp_split_to_table(substring(split_part(url, '#', 1) from '\?(.*)$'), '&')
                    with ordinality as part (text, ordinal)
                where part.text ~ '^(utm_(source|medium|campaign|term|content)|matchtype|network|placement)='
            ), ''),
            1024
        )
        where url <> ''
    );
end;
$$;

comment on function app.clean_url(text) is 'Path and allow-listed query keys: what may be kept of a page''s address.';
grant execute on function app.clean_url(text) to app_definer;
