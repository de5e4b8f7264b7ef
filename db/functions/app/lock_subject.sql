create function app.lock_subject(subject_id uuid) returns void
language sql
return pg_advisory_xact_lock(hashtextextended('conversion:' || subject_id, 0));

comment on function app.lock_subject(uuid) is
'Taken before the rows of a session''s cards and conversions, by everyone who writes both: no '
'deadlock, and the sum over two cards is right.';
grant execute on function app.lock_subject(uuid) to app_definer, authenticated;
