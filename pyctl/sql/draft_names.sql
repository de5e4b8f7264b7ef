-- What may have got another name and is the same otherwise: held against the other database's by place and body.
select
    format('constraint of %s', pg_constraint.conrelid::regclass) as place,
    pg_get_constraintdef(pg_constraint.oid) as body,
    pg_constraint.conname::text as name,
    format('alter table %s rename constraint', pg_constraint.conrelid::regclass) as statement
from pg_constraint
inner join pg_class on pg_constraint.conrelid = pg_class.oid
where
    pg_class.relnamespace in ('app'::regnamespace, 'access'::regnamespace, 'ops'::regnamespace)
    and not pg_class.relispartition and pg_constraint.contype not in ('n', 't')
union all
select
    format('constraint of %s', pg_constraint.contypid::regtype) as place,
    pg_get_constraintdef(pg_constraint.oid) as body,
    pg_constraint.conname::text as name,
    format('alter domain %s rename constraint', pg_constraint.contypid::regtype) as statement
from pg_constraint
inner join pg_type on pg_constraint.contypid = pg_type.oid
where
    pg_type.typnamespace in ('app'::regnamespace, 'access'::regnamespace, 'ops'::regnamespace)
    and pg_constraint.contype = 'c'
union all
select
    format('index of %s', pg_index.indrelid::regclass) as place,
    replace(pg_get_indexdef(pg_index.indexrelid), format(' INDEX %I ON ', own.relname), ' INDEX ON ') as body,
    own.relname::text as name,
    format('alter index %s rename', own.oid::regclass) as statement
from pg_index
inner join pg_class as own on pg_index.indexrelid = own.oid
left join pg_constraint on own.oid = pg_constraint.conindid and pg_constraint.contype in ('p', 'u', 'x')
where
    own.relnamespace in ('app'::regnamespace, 'access'::regnamespace, 'ops'::regnamespace)
    and not own.relispartition and pg_constraint.oid is null
union all
select
    format('trigger of %s', pg_trigger.tgrelid::regclass) as place,
    replace(pg_get_triggerdef(pg_trigger.oid), format(' TRIGGER %I ', pg_trigger.tgname), ' TRIGGER ') as body,
    pg_trigger.tgname::text as name,
    format('alter trigger %I on %s rename', pg_trigger.tgname, pg_trigger.tgrelid::regclass) as statement
from pg_trigger
inner join pg_class on pg_trigger.tgrelid = pg_class.oid
where
    pg_class.relnamespace in ('app'::regnamespace, 'access'::regnamespace, 'ops'::regnamespace)
    and not pg_class.relispartition and not pg_trigger.tgisinternal
union all
select
    format('statistics of %s', pg_statistic_ext.stxrelid::regclass) as place,
    replace(
        pg_get_statisticsobjdef(pg_statistic_ext.oid),
        format('CREATE STATISTICS %s.%I ', pg_statistic_ext.stxnamespace::regnamespace, pg_statistic_ext.stxname), ''
    ) as body,
    pg_statistic_ext.stxname::text as name,
    format('alter statistics %s.%I rename', pg_statistic_ext.stxnamespace::regnamespace, pg_statistic_ext.stxname)
        as statement
from pg_statistic_ext
where pg_statistic_ext.stxnamespace in ('app'::regnamespace, 'access'::regnamespace, 'ops'::regnamespace)
union all
select
    format('sequence of %s.%I', pg_depend.refobjid::regclass, pg_attribute.attname) as place,
    '' as body,
    pg_class.relname::text as name,
    format('alter sequence %s rename', pg_class.oid::regclass) as statement
from pg_class
inner join pg_depend
    on
    pg_class.oid = pg_depend.objid and pg_depend.classid = 'pg_class'::regclass
    and pg_depend.refclassid = 'pg_class'::regclass and pg_depend.deptype in ('a', 'i')
inner join pg_attribute
    on pg_depend.refobjid = pg_attribute.attrelid and pg_depend.refobjsubid = pg_attribute.attnum
where
    pg_class.relkind = 'S'
    and pg_class.relnamespace in ('app'::regnamespace, 'access'::regnamespace, 'ops'::regnamespace)
