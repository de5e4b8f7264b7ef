create function app.tg_calls__conversion() returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    perform app.refresh_conversion(new.site_id, coalesce(new.session_id, new.id));
    return null;
end;
$$;

comment on function app.tg_calls__conversion() is
'Keeps the conversion in step with the cards. Definer: operators have no grant on '
'app.conversions.';
