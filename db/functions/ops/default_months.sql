create function ops.default_months() returns table (month date, sessions bigint, events bigint)
language plpgsql
stable
set search_path = ''
as $$
declare
    v_rows text;
begin
    select string_agg(
        format('select created_month, %L from %s', partition.parent, partition.name), ' union all '
    ) into v_rows
    from ops.partitions() as partition where partition.month is null;
    if v_rows is null then
        return;
    end if;
    return query execute format(
        'select created_month, count(*) filter (where parent = ''app.sessions''),'
        ' count(*) filter (where parent = ''app.events'')'
        ' from (%s) as stray (created_month, parent) group by created_month order by created_month', v_rows
    );
end;
$$;

comment on function ops.default_months() is
'Months of which the default partitions hold rows, with how many. Normally none: reads all that is there.';
