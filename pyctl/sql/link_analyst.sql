-- Links a database login to the person with that e-mail, who is made where there is none.
with person as (
    select
        coalesce(
            (
                select profiles.id from app.profiles
                where profiles.email = lower(%(email)s) and profiles.issuer = 'opsmantik'
            ),
            access.create_user(
                access.valid_email(%(email)s), null,
                case when %(name)s::text is not null then access.valid_name(%(name)s) end
            )
        ) as id
)

insert into access.identities (iss, sub, user_id)
select
    'postgres',
    %(login)s,
    person.id
from person
returning identities.user_id::text as person
