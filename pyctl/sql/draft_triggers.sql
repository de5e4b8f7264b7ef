-- Triggers whose definition names a column, which can't get another type under them.
select distinct
    pg_trigger.tgname,
    format('drop trigger %%I on %%s', pg_trigger.tgname, pg_trigger.tgrelid::regclass) as undone,
    pg_get_triggerdef(pg_trigger.oid) as made
from pg_trigger
inner join pg_attribute
    on pg_trigger.tgrelid = pg_attribute.attrelid and pg_attribute.attname = %(column)s
inner join pg_depend
    on
    pg_depend.classid = 'pg_trigger'::regclass and pg_depend.objid = pg_trigger.oid
    and pg_depend.refclassid = 'pg_class'::regclass and pg_depend.refobjid = pg_trigger.tgrelid
    and pg_depend.refobjsubid = pg_attribute.attnum
where
    pg_trigger.tgrelid = to_regclass(%(table)s) and not pg_trigger.tgisinternal
order by pg_trigger.tgname
