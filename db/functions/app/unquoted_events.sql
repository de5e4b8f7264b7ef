create function app.unquoted_events(doc jsonb) returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_list text := app.castable(doc ->> 'e');
begin
    return case when app.has_huge_number(v_list) then doc else jsonb_set(doc, '{e}', v_list::jsonb) end;
exception when others then
    return doc;
end;
$$;

comment on function app.unquoted_events(jsonb) is
'A batch whose list of events came as text, with the list: old libraries give arrays a toJSON of their own. '
'What is no list in text stays as it came.';
grant execute on function app.unquoted_events(jsonb) to app_definer;
