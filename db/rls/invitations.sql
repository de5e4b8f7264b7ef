alter table app.invitations enable row level security;

grant select (
    site_id, id, email, role, invited_by, created_at, expires_at, accepted_at, accepted_by, revoked_at
) on app.invitations to authenticated;

create policy select_owner on app.invitations for select to authenticated
using (site_id = any (array(select access.site_ids('owner'))));

grant select, insert, update on app.invitations to app_definer;

create policy all_definer on app.invitations for all to app_definer
using (true) with check (true);
