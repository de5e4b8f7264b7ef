insert into ops.scripts as script (name, body, digest)
values (%(name)s, %(body)s, %(digest)s)
on conflict on constraint scripts_pkey do update set
    body = excluded.body,
    digest = excluded.digest,
    published_at = now()
where script.body <> excluded.body
