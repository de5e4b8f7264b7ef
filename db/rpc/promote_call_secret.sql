create function api.promote_call_secret(site_id uuid) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
    perform access.require_role(site_id, 'owner');
    update access.call_secrets
    set current_secret = call_secrets.next_secret, next_secret = null, updated_at = now()
    where call_secrets.site_id = promote_call_secret.site_id and call_secrets.next_secret is not null;
    if not found then
        raise sqlstate 'PT409' using
            message = 'no_next_secret', detail = 'There is no next secret.', hint = 'Use rotate_call_secret first.';
    end if;
    perform access.write_audit(
        site_id, 'promote', 'call_secret', promote_call_secret.site_id, null, null
    );
end;
$$;

comment on function api.promote_call_secret(uuid) is
'The next secret becomes the current one; the old one ends. Owners. 409 no_next_secret.';

grant execute on function api.promote_call_secret(uuid) to authenticated;
