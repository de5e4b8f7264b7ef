-- Mails that should have gone: a person waits for each.
select
    format('%s mails wait since %s', count(*), to_char(min(mail_outbox.created_at) at time zone 'UTC',
        'YYYY-MM-DD HH24:MI "UTC"')) as what,
    'Let `pyctl jobs run --loop` or `--due` run with OPSMANTIK_SMTP_URL, or hand them over: pyctl mail print' as mend
from ops.mail_outbox
where
    mail_outbox.sent_at is null
    and mail_outbox.recipient is not null
    and mail_outbox.expires_at > now()
    and mail_outbox.created_at < now() - interval '15 minutes'
having count(*) > 0
union all
select
    format('%s mails could not be sent; the last: %s', count(*), max(mail_outbox.last_error)),
    'pyctl mail list says why'
from ops.mail_outbox
where
    mail_outbox.sent_at is null
    and mail_outbox.recipient is not null
    and mail_outbox.expires_at > now()
    and mail_outbox.last_error is not null
having count(*) > 0
