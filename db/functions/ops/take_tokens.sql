create function ops.take_tokens(key text, count integer, per_minute double precision, burst double precision)
returns integer
language plpgsql
as $$
declare
    v_now timestamptz := clock_timestamp();
    v_rate double precision := per_minute / 60;
    v_left double precision;
begin
    insert into ops.rate_buckets as bucket (key, tokens, refilled_at)
    values (take_tokens.key, burst - count, v_now)
    on conflict on constraint rate_buckets_pkey do update set
        tokens = least(burst, bucket.tokens + v_rate * greatest(0,
            extract(epoch from v_now - bucket.refilled_at))) - count,
        refilled_at = v_now
    where least(burst, bucket.tokens + v_rate * greatest(0, extract(epoch from v_now - bucket.refilled_at))) >= count;
    if found then
        return 0;
    end if;
    select bucket.tokens + v_rate * greatest(0, extract(epoch from v_now - bucket.refilled_at)) into v_left
    from ops.rate_buckets as bucket where bucket.key = take_tokens.key;
    return greatest(1, ceil((count - coalesce(v_left, 0)) / v_rate))::integer;
end;
$$;

comment on function ops.take_tokens(text, integer, double precision, double precision) is
'Takes tokens from a bucket. 0: taken. Else the seconds to wait; nothing was taken. A raise later '
'in the transaction gives them back.';
grant execute on function ops.take_tokens(text, integer, double precision, double precision) to app_definer;
