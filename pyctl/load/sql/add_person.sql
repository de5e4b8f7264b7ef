with person as (
    insert into app.profiles (id, email, display_name)
    values (%(id)s::uuid, %(id)s::uuid || '@people.example', %(name)s)
    returning id
), identity as (
    insert into access.identities (iss, sub, user_id)
    select 'opsmantik', person.id::text, person.id from person
)
insert into app.site_members (site_id, user_id, role)
select %(site)s, person.id, %(role)s from person
