create function access.login_device(account text) returns text
language plpgsql
stable
set search_path = ''
as $$
declare
    v_said text[] := regexp_match(access.cookie('__Secure-opsmantik_device'), '^([0-9a-f]{32})[.]([0-9a-f]{64})$');
begin
    return case when v_said[2] = access.device_mac(account, v_said[1]) then v_said[1] end;
end;
$$;

comment on function access.login_device(text) is
'The device cookie''s number where this browser has logged in to the account before, else null.';
grant execute on function access.login_device(text) to app_definer;
