create function app.lenient_batch(body text) returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
    v_field record;
    v_event json;
    v_events jsonb := jsonb_build_array();
    v_doc jsonb := jsonb_build_object();
begin
    -- json, unlike jsonb, does not look into numbers and strings: one poisonous event does not cost its batch-mates.
    for v_field in select field.key, field.value from json_each(body::json) as field (key, value) loop
        begin
            if v_field.key <> 'e' or json_typeof(v_field.value) <> 'array' then
                if not app.has_huge_number(v_field.value::text) then
                    v_doc := v_doc || jsonb_build_object(v_field.key, v_field.value::jsonb);
                end if;
                continue;
            end if;
        exception when others then
            continue;
        end;
        for v_event in select item.value from json_array_elements(v_field.value) as item (value) limit 51 loop
            begin
                v_events := v_events || jsonb_build_array(
                    case when app.has_huge_number(v_event::text) then to_jsonb(v_event::text) else v_event::jsonb end
                );
            exception when others then
                v_events := v_events || jsonb_build_array(v_event::text);
            end;
        end loop;
        v_doc := v_doc || jsonb_build_object('e', v_events);
    end loop;
    return v_doc;
exception when others then
    return null;
end;
$$;

comment on function app.lenient_batch(text) is
'A batch that jsonb refuses as a whole, cast field by field and event by event; an event that '
'fails is its own text. Null: not a JSON object.';
grant execute on function app.lenient_batch(text) to app_definer;
