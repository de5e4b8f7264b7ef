create function app.query_params(url text) returns jsonb
language plpgsql
immutable
parallel safe
as $$
declare
    v_pairs text[] := array[]::text[];
    v_part text;
    v_key text;
    v_value text;
begin
    -- A loop, not a query. The first occurrence of a key wins, in the query and after it in the fragment.
    foreach v_part in array coalesce(string_to_array(
        translate(substring(left(url, 4096) from '[?#](.*)$'), '?#', '&&'), '&'
    ), array[]::text[]) loop
        if v_part ~* '^(gclid|wbraid|gbraid|msclkid|fbclid|ttclid|utm_[a-z]+|matchtype|network|placement|device)=.' then
            v_key := lower(split_part(v_part, '=', 1));
            if v_pairs[1:][1:1] @> array[v_key] then
                continue;
            end if;
            v_value := nullif(left(btrim(app.url_decode(substr(v_part, length(v_key) + 2))), 512), '');
            v_pairs := v_pairs || array[[v_key, v_value]];
        end if;
    end loop;
    return jsonb_strip_nulls(jsonb_object(v_pairs));
end;
$$;

comment on function app.query_params(text) is
'Click ids, utm and keyword parameters of a landing URL, decoded and trimmed.';
grant execute on function app.query_params(text) to app_definer;
