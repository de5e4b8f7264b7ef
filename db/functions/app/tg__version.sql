create function app.tg__version() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    new.version := old.version + 1;
    return new;
end;
$$;

comment on function app.tg__version() is 'Raises version by each change.';
