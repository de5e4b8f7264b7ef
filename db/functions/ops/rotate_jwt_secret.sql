create function ops.rotate_jwt_secret(secret text, reason text) returns void
language plpgsql
set search_path = ''
as $$
declare
    v_old text;
begin
    select secrets.value into v_old from access.secrets where secrets.name = 'jwt' for update;
    -- Safe to repeat after an interruption.
    if v_old is distinct from secret then
        if exists (select from access.secrets where secrets.name = 'jwt_previous') then
            raise exception using
                errcode = 'object_not_in_prerequisite_state', message = 'The rotation before this one is not finished.',
                hint = 'pyctl secrets rotate jwt --finish';
        end if;
        perform ops.set_jwt_secret(secret);
        insert into access.secrets (name, value) select 'jwt_previous', v_old where v_old is not null;
        perform ops.record_act('secret_rotate', 'jwt', reason);
    end if;
end;
$$;

comment on function ops.rotate_jwt_secret(text, text) is
'From now on tokens are signed with this secret; those that the old one signed count until '
'ops.drop_previous_jwt_secret. PostgREST must know both before. Raises as ops.set_jwt_secret.';
