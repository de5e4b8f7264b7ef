alter table ops.mail_outbox enable row level security;

grant insert on ops.mail_outbox to app_definer;

create policy all_definer on ops.mail_outbox for all to app_definer
using (true) with check (true);
