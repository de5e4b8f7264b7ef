-- What comes to a month meanwhile; one statement after the other.
update app.sessions set score = 99, city = null
where created_month = %(m)s and right(visitor_id, 1) = '1';
delete from app.sessions where created_month = %(m)s and right(visitor_id, 1) = '2';
delete from app.events where created_month = %(m)s and left(session_id::text, 1) < '4';
update app.events set label = 'changed' where created_month = %(m)s and left(session_id::text, 1) = '5';
insert into app.sessions
select (jsonb_populate_record(one, jsonb_build_object('id', gen_random_uuid()))).*
from app.sessions as one where created_month = %(m)s and right(visitor_id, 1) = '3';
insert into app.events
select (jsonb_populate_record(one, jsonb_build_object('id', one.id + 10))).*
from app.events as one where created_month = %(m)s and left(session_id::text, 1) = '6'
