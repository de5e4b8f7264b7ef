-- Triggers that somebody switched off, as for a repair by hand: without them nothing is judged, counted, logged.
select
    format('trigger %s of %s is switched off', pg_trigger.tgname, pg_trigger.tgrelid::regclass) as what,
    format('alter table %s enable trigger %I', pg_trigger.tgrelid::regclass, pg_trigger.tgname) as mend
from pg_catalog.pg_trigger
inner join pg_catalog.pg_class on pg_trigger.tgrelid = pg_class.oid
inner join pg_catalog.pg_namespace on pg_class.relnamespace = pg_namespace.oid
where
    pg_namespace.nspname in ('app', 'access', 'ops')
    and pg_trigger.tgenabled = 'D'
order by 1
