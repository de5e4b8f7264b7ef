create function ops.copy_default(parent regclass, first_page bigint, pages bigint) returns bigint
language plpgsql
set search_path = ''
as $$
declare
    v_default regclass;
    v_copy regclass := replace(parent::text, 'app.', 'ops.draining_')::regclass;
    v_count bigint;
begin
    select partition.name into strict v_default from ops.partitions() as partition
    where partition.parent = copy_default.parent::text and partition.month is null;
    -- Nobody writes meanwhile, so no row is copied as it was and no deleted one comes back. Rather fail and be retried
    -- than queue ingest behind us.
    perform set_config('lock_timeout', '2s', true);
    execute format('lock table %s in share row exclusive mode', v_default);
    -- What was written since the drain began is there already.
    execute format(
        'insert into %1$s (%2$s) select %2$s from %3$s where ctid >= %4$L::tid and ctid < %5$L::tid'
        ' on conflict do nothing',
        v_copy, ops.drained_columns(parent), v_default,
        format('(%s,0)', first_page), format('(%s,0)', first_page + pages)
    );
    get diagnostics v_count = row_count;
    return v_count;
end;
$$;

comment on function ops.copy_default(regclass, bigint, bigint) is
'Copies some pages of the default partition of app.sessions or app.events to where ops.begin_drain made room. Ingest '
'into that partition waits meanwhile, readers do not. Returns how many rows.';
