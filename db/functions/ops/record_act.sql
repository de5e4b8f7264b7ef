create function ops.record_act(
    action text, object text, reason text, facts jsonb default '{}', site_id uuid default null
) returns void
language plpgsql
set search_path = ''
as $$
begin
    if coalesce(reason !~ '[^[:space:]]', true) then
        raise exception using
            errcode = 'invalid_parameter_value',
            message = 'A reason is needed: it is what the log is for.',
            hint = 'Say why, such as "ticket 4711".';
    end if;
    if length(reason) > 500 or reason ~ '[[:cntrl:]@\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]' then
        raise exception using
            errcode = 'invalid_parameter_value',
            message = 'A reason has at most 500 characters in one line, and names nobody''s address.',
            hint = 'Name the ticket, not the person: it can not be taken back.';
    end if;
    insert into ops.operator_log (action, object, reason, facts) values (action, object, reason, facts);
    if site_id is not null then
        perform access.write_audit(
            site_id, 'operate', 'site', site_id, null,
            facts || jsonb_build_object('act', action, 'reason', reason, 'operator', session_user)
        );
    end if;
end;
$$;

comment on function ops.record_act(text, text, text, jsonb, uuid) is
'Writes what an operator did and why into ops.operator_log, and where a site is named into its audit chain.';
