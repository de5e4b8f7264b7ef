create function app.tg_sites__validate() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    if new.time_zone is distinct from old.time_zone
        -- Not the server's own, which changes with the server, nor the names of no place.
        and (
            new.time_zone ~ '^(localtime$|Factory$|posix|right/)'
            or not exists (select from pg_catalog.pg_timezone_names where name = new.time_zone)
        ) then
        raise sqlstate 'PT400' using
            message = 'invalid_time_zone',
            detail = format('%s is not an IANA time zone.', new.time_zone),
            hint = 'Use a name such as Europe/Istanbul.';
    end if;
    if tg_op = 'UPDATE' and new.currency <> old.currency and exists (
        select from app.calls where calls.site_id = new.id
            and (calls.sale_amount is not null or calls.undo_state ->> 'sale_amount' is not null)
        union all
        select from app.conversions where conversions.site_id = new.id
    ) then
        raise sqlstate 'PT409' using
            message = 'currency_fixed',
            detail = 'The site already has sales in its currency.',
            hint = 'Create another site for another currency.';
    end if;
    if tg_op = 'UPDATE' and new.currency <> old.currency then
        -- In the order of who judges many at once.
        perform from app.calls where calls.site_id = new.id order by calls.id for update;
        update app.calls set currency = new.currency where calls.site_id = new.id;
    end if;
    return new;
end;
$$;

comment on function app.tg_sites__validate() is
'Refuses unknown zones, and a new currency after the first sale. Before it the cards take the new '
'one.';
