create function ops.promote_proxy_secret(reason text) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_next text;
begin
    delete from access.secrets where secrets.name = 'proxy_next_sha256' returning secrets.value into v_next;
    if v_next is null then
        raise exception using
            errcode = 'object_not_in_prerequisite_state', message = 'No rotation of the proxy secret is under way.',
            hint = 'pyctl secrets rotate proxy begins one.';
    end if;
    insert into access.secrets (name, value) values ('proxy_sha256', v_next)
    on conflict on constraint secrets_pkey do update set value = excluded.value, updated_at = now();
    perform ops.record_act('secret_drop_previous', 'proxy', reason);
end;
$$;

comment on function ops.promote_proxy_secret(text) is 'The next proxy secret becomes the only one.';
