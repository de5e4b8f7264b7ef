with made as (
    insert into access.logins (user_id)
    select id from app.profiles where id::text = %(sub)s and %(role)s::text is not null
    returning id::text
)
select (select id from made) as sid
