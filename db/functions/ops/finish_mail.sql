create function ops.finish_mail(id uuid, error text) returns void
language sql
volatile
set search_path = ''
as $$
    update ops.mail_outbox set
        sent_at = case when error is null then now() end,
        token = case when error is not null then mail_outbox.token end,
        last_error = left(error, 500)
    where mail_outbox.id = finish_mail.id and mail_outbox.sent_at is null;
$$;

comment on function ops.finish_mail(uuid, text) is
'What became of a mail: null for sent, which wipes its token; else what the mail server said.';
