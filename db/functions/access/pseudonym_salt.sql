create function access.pseudonym_salt() returns text
language sql
stable
security definer
set search_path = ''
as $$
    select secrets.value from access.secrets where secrets.name = 'pseudonym';
$$;

comment on function access.pseudonym_salt() is
'Key of the pseudonyms in schema reporting. Analysts can''t name it, having no usage on schema access; the views do.';
grant execute on function access.pseudonym_salt() to analyst;
