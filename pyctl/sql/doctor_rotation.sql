-- Secrets whose change was begun and not ended: the old one, which may have leaked, still counts.
select
    format('the %s secret was changed %s, and the one before still counts', changed.what, to_char(
        secrets.updated_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'
    )) as what,
    format('pyctl secrets rotate %s --finish --reason "..."', lower(changed.what)) as mend
from (values ('jwt_previous', 'JWT'), ('proxy_next_sha256', 'proxy')) as changed (name, what)
inner join access.secrets on changed.name = secrets.name
where secrets.updated_at < now() - interval '1 day'
