create function ops.count_refusal(
    site_id uuid, reason text, sample text default null, times bigint default 1
) returns void
language sql
volatile
set search_path = ''
as $$
    insert into ops.refusals as refusal (day, site_id, reason, shard, count, sample)
    values (
        (now() at time zone 'UTC')::date,
        coalesce(count_refusal.site_id, '00000000-0000-0000-0000-000000000000'),
        count_refusal.reason,
        floor(random() * 8)::smallint,
        count_refusal.times,
        ops.left_bytes(count_refusal.sample, 1024)
    )
    on conflict on constraint refusals_pkey do update set count = refusal.count + excluded.count, last_at = now();
$$;

comment on function ops.count_refusal(uuid, text, text, bigint) is
'Counts what is refused and not kept; where no site is known, with the first 1 kB as sample.';
grant execute on function ops.count_refusal(uuid, text, text, bigint) to app_definer;
