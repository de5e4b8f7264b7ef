create function access.refuse_busy(seconds integer) returns void
language sql
volatile
set search_path = ''
as $$
    select access.refuse(429, jsonb_build_array(
        jsonb_build_object('Retry-After', seconds::text),
        jsonb_build_object('Access-Control-Expose-Headers', 'Retry-After')
    ));
$$;

comment on function access.refuse_busy(integer) is 'Answers 429 with Retry-After.';
grant execute on function access.refuse_busy(integer) to app_definer;
