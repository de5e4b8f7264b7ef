create function app.tg_migrations__append_only() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    raise sqlstate 'PT403' using
        message = 'migrations_append_only',
        detail = 'What was applied was applied.',
        hint = 'Go back by a further step.';
end;
$$;

comment on function app.tg_migrations__append_only() is 'Refuses update, delete and truncate, to the owner too.';
