create function access.issue_tokens(
    user_id uuid, login_id uuid,
    out access_token text, out refresh_token text, out token_type text, out expires_in integer
) returns record
language plpgsql
set search_path = ''
as $$
begin
    refresh_token := access.base64url(extensions.gen_random_bytes(32));
    insert into access.refresh_tokens (token_sha256, login_id, expires_at)
    values (sha256(convert_to(refresh_token, 'UTF8')), login_id, now() + interval '30 days');
    token_type := 'bearer';
    expires_in := 600;
    access_token := access.access_token(user_id, login_id, expires_in);
end;
$$;

comment on function access.issue_tokens(uuid, uuid) is
'An access token of ten minutes and the next refresh token of a log-in.';
grant execute on function access.issue_tokens(uuid, uuid) to app_definer;
