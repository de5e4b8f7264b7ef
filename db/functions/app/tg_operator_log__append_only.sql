create function app.tg_operator_log__append_only() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    raise exception using
        errcode = 'object_not_in_prerequisite_state',
        message = 'The operators'' log is only ever added to.';
end;
$$;

comment on function app.tg_operator_log__append_only() is 'Refuses update, delete and truncate, to the owner too.';
