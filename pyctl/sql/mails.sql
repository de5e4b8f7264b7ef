select
    mail_outbox.id::text as id,
    mail_outbox.kind,
    mail_outbox.recipient,
    case
        when mail_outbox.sent_at is not null then 'sent'
        when mail_outbox.expires_at <= now() then 'over'
        when mail_outbox.tries > 0 then 'retries'
        else 'waits'
    end as state,
    to_char(mail_outbox.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') as created_at,
    mail_outbox.tries,
    mail_outbox.last_error
from ops.mail_outbox
where mail_outbox.recipient is not null
order by mail_outbox.created_at, mail_outbox.id
