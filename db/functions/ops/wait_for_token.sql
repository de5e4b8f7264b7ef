create function ops.wait_for_token(key text, per_minute double precision, burst double precision) returns integer
language plpgsql
stable
set search_path = ''
as $$
declare
    v_left double precision;
begin
    select least(burst, bucket.tokens + per_minute / 60 * greatest(0, extract(epoch from now() - bucket.refilled_at)))
    into v_left
    from ops.rate_buckets as bucket where bucket.key = wait_for_token.key;
    return case when coalesce(v_left, burst) >= 1 then 0 else ceil((1 - v_left) * 60 / per_minute)::integer end;
end;
$$;

comment on function ops.wait_for_token(text, double precision, double precision) is
'Seconds until a bucket has a token; 0 when it has one now. Takes nothing and locks nothing.';
grant execute on function ops.wait_for_token(text, double precision, double precision) to app_definer;
