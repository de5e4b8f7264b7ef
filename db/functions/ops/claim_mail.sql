create function ops.claim_mail() returns table (
    id uuid, kind text, recipient text, token text, facts jsonb, created_at timestamptz, expires_at timestamptz
)
language plpgsql
set search_path = ''
as $$
begin
    -- To nobody: written for equal work, read by nobody.
    delete from ops.mail_outbox where mail_outbox.recipient is null;
    update ops.mail_outbox set token = null
    where mail_outbox.token is not null and mail_outbox.expires_at <= now();
    return query
    update ops.mail_outbox set
        tries = mail_outbox.tries + 1,
        -- Who took it may die with it: then it is another's turn. 1, 2, 4 ... minutes, at most an hour.
        next_try_at = now() + least(interval '1 hour', interval '1 minute' * power(2, least(mail_outbox.tries, 10)))
    where mail_outbox.id = (
        select waiting.id from ops.mail_outbox as waiting
        where waiting.sent_at is null and waiting.next_try_at <= now() and waiting.expires_at > now()
        order by waiting.next_try_at, waiting.id
        limit 1
        for update skip locked
    )
    returning mail_outbox.id, mail_outbox.kind, mail_outbox.recipient, mail_outbox.token, mail_outbox.facts,
        mail_outbox.created_at, mail_outbox.expires_at;
end;
$$;

comment on function ops.claim_mail() is
'The next mail to send, at most one, for pyctl: taken for a minute or more, so that two senders send it once.';
