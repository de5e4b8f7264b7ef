create function access.take_bcrypt_slot(ip_prefix cidr) returns boolean
language sql
volatile
set search_path = ''
as $$
    -- Two from one prefix, so that its flood does not take the others' places.
    select exists (
        select from generate_series(1, case when ip_prefix is null then 8 else 2 end) as slot
        where pg_try_advisory_xact_lock(hashtextextended('login:' || coalesce(ip_prefix::text, ''), slot)) limit 1
    ) and exists (
        select from generate_series(1, 20) as slot
        where pg_try_advisory_xact_lock(hashtextextended('login-slot', slot)) limit 1
    );
$$;

comment on function access.take_bcrypt_slot(cidr) is
'bcrypt is slow by design: a few at a time, so that a flood of log-ins does not hold every connection. '
'False: all taken.';
grant execute on function access.take_bcrypt_slot(cidr) to app_definer;
