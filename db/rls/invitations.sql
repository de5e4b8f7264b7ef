alter table app.invitations enable row level security;

grant select (site_id, id, email, role, invited_by, created_at, expires_at, accepted_at, accepted_by)
on app.invitations to authenticated;

create policy select_owner on app.invitations for select to authenticated
using (site_id = any (array(select access.site_ids('owner'))));
