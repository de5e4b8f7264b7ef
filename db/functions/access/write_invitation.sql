create function access.write_invitation(
    site_id uuid, email text, role text, invited_by uuid, out id uuid, out expires_at timestamptz
) returns record
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
    v_token text := access.new_token();
begin
    expires_at := now() + interval '7 days';
    -- A second invitation takes the place of the first, whose link ends.
    insert into app.invitations as standing (site_id, email, role, token_sha256, invited_by, by_operator, expires_at)
    values (write_invitation.site_id, write_invitation.email, write_invitation.role, access.digest(v_token),
        write_invitation.invited_by, write_invitation.invited_by is null, write_invitation.expires_at)
    on conflict (site_id, email) where accepted_at is null and revoked_at is null do update set
        role = excluded.role,
        token_sha256 = excluded.token_sha256,
        invited_by = excluded.invited_by,
        by_operator = excluded.by_operator,
        created_at = now(),
        expires_at = excluded.expires_at
    returning standing.id into id;
    insert into ops.mail_outbox (kind, recipient, token, expires_at, facts)
    select 'invitation', write_invitation.email, v_token, write_invitation.expires_at,
        jsonb_build_object('site_id', sites.id, 'site', sites.name, 'role', write_invitation.role)
    from app.sites where sites.id = write_invitation.site_id;
    perform access.write_audit(
        site_id, 'invite', 'invitation', id, null, jsonb_build_object('role', write_invitation.role)
    );
end;
$$;

comment on function access.write_invitation(uuid, text, text, uuid) is
'Writes an invitation and the mail with its link. Callers have looked at who invites whom; null: the operator does.';
grant execute on function access.write_invitation(uuid, text, text, uuid) to app_definer;
