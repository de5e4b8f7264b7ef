create function ops.tg_default__follow() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    if tg_op <> 'INSERT' then
        execute format('delete from %s as copy where %s', tg_argv[0], tg_argv[1]) using old;
    end if;
    if tg_op <> 'DELETE' then
        execute format('insert into %1$s (%2$s) select %2$s from (select ($1).*) as come', tg_argv[0], tg_argv[2])
        using new;
    end if;
    return null;
end;
$$;

comment on function ops.tg_default__follow() is
'While a drain copies: whatever is done to a default partition is done to its copy. Its arguments, by '
'ops.begin_drain: the copy, how a row of it is found by $1, the columns.';
