-- Whoever drained is gone, as we hold the lock: its copies would not know a new column.
do $$
begin
    if to_regprocedure('ops.drop_drain()') is not null then
        perform ops.drop_drain();
    end if;
end
$$;
