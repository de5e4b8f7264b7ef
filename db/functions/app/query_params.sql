create function app.query_params(url text) returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
    -- plpgsql keeps its plan; an SQL function with a subquery is planned at every call.
    return (
        select coalesce(jsonb_object_agg(pair.key, pair.value), '{}')
        from (
            -- The first occurrence of a key wins, in the query and after it in the fragment.
            select distinct on (lower(split_part(part.text, '=', 1)))
                lower(split_part(part.text, '=', 1)) as key,
                nullif(left(btrim(app.url_decode(substr(part.text, strpos(part.text, '=') + 1))), 512), '') as value
            from regexp_split_to_table(substring(left(url, 4096) from '[?#](.*)$'), '[?&#]') with ordinality
                as part (text, ordinal)
            where part.text ~* (
                '^(gclid|wbraid|gbraid|msclkid|fbclid|ttclid|utm_[a-z]+|matchtype|network|placement|device)=.'
            )
            order by lower(split_part(part.text, '=', 1)), part.ordinal
        ) as pair
        where pair.value is not null
    );
end;
$$;

comment on function app.query_params(text) is
'Click ids, utm and keyword parameters of a landing URL, decoded and trimmed.';
grant execute on function app.query_params(text) to app_definer;
