insert into access.passwords (user_id, bcrypt)
values (%(person)s, extensions.crypt(%(password)s, extensions.gen_salt('bf', 4)))
on conflict (user_id) do update set bcrypt = excluded.bcrypt
returning user_id
