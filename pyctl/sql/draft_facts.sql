-- What a draft writes by itself, beside migra: one row a fact, held against the other database's by kind and name.
-- how: 'whole' made where it is new, undone at the end where it is gone; 'over' the same, and made again where its body
-- differs; 'again' undone before that; 'change' made only where it differs; 'rebuild' then undone only.
-- place: before migra's part or after it. of_what: the type whose fact it is, with which it comes and goes: 'there'.
with our_type as (
    select
        pg_type.*,
        pg_type.oid::regtype::text as name
    from pg_type
    left join pg_class on pg_type.typrelid = pg_class.oid
    where
        pg_type.typnamespace in ('app'::regnamespace, 'access'::regnamespace, 'ops'::regnamespace)
        and (pg_type.typtype in ('d', 'e', 'r') or pg_class.relkind = 'c')
),

our_relation as (
    select
        pg_class.*,
        pg_class.oid::regclass::text as name
    from pg_class
    where
        pg_class.relnamespace in ('app'::regnamespace, 'access'::regnamespace, 'ops'::regnamespace)
        and not pg_class.relispartition
),

our_column as (
    select
        pg_attribute.*,
        our_relation.name as table_name,
        format('%s.%I', our_relation.name, pg_attribute.attname) as name,
        format('alter table %s alter column %I', our_relation.name, pg_attribute.attname) as to_alter
    from our_relation
    inner join pg_attribute on our_relation.oid = pg_attribute.attrelid
    where our_relation.relkind in ('r', 'p') and pg_attribute.attnum > 0 and not pg_attribute.attisdropped
),

domain_check as (
    select
        our_type.name,
        pg_constraint.conname,
        pg_get_constraintdef(pg_constraint.oid) as definition
    from our_type
    inner join pg_constraint on our_type.oid = pg_constraint.contypid and pg_constraint.contype = 'c'
),

found (place, how, kind, of_what, name, body, made, undone) as (
    select
        null,
        'there',
        'type',
        null,
        our_type.name,
        '',
        null,
        null
    from our_type
    union all
    select
        'before',
        'whole',
        'domain',
        null,
        our_type.name,
        '',
        format('create domain %s as %s', our_type.name, format_type(our_type.typbasetype, our_type.typtypmod))
        || coalesce(' default ' || our_type.typdefault, '')
        || case when our_type.typnotnull then ' not null' else '' end
        || coalesce((
            select
                string_agg(
                    format(' constraint %I %s', domain_check.conname, domain_check.definition), ''
                    order by domain_check.conname
                )
            from domain_check
            where domain_check.name = our_type.name
        ), ''),
        format('drop domain %s', our_type.name)
    from our_type
    where our_type.typtype = 'd'
    union all
    select
        'before',
        'over',
        'domain default',
        our_type.name,
        our_type.name,
        our_type.typdefault,
        format('alter domain %s set default %s', our_type.name, our_type.typdefault),
        format('alter domain %s drop default', our_type.name)
    from our_type
    where our_type.typtype = 'd' and our_type.typdefault is not null
    union all
    select
        'before',
        'over',
        'domain not null',
        our_type.name,
        our_type.name,
        '',
        format('alter domain %s set not null', our_type.name),
        format('alter domain %s drop not null', our_type.name)
    from our_type
    where our_type.typtype = 'd' and our_type.typnotnull
    union all
    select
        'before',
        'again',
        'domain check',
        domain_check.name,
        format('%I of %s', domain_check.conname, domain_check.name),
        domain_check.definition,
        format(
            'alter domain %s add constraint %I %s', domain_check.name, domain_check.conname, domain_check.definition
        ),
        format('alter domain %s drop constraint %I', domain_check.name, domain_check.conname)
    from domain_check
    union all
    select
        'before',
        'over',
        'schema grant',
        null,
        format('%s %s %s', pg_namespace.nspname, acl.privilege_type, coalesce(pg_roles.rolname, 'public')),
        '',
        format(
            'grant %s on schema %I to %s', lower(acl.privilege_type), pg_namespace.nspname,
            coalesce(quote_ident(pg_roles.rolname), 'public')
        ),
        format(
            'revoke %s on schema %I from %s', lower(acl.privilege_type), pg_namespace.nspname,
            coalesce(quote_ident(pg_roles.rolname), 'public')
        )
    from pg_namespace
    cross join lateral aclexplode(pg_namespace.nspacl) as acl
    left join pg_roles on acl.grantee = pg_roles.oid
    where pg_namespace.nspname in ('app', 'access', 'ops') and acl.grantee <> pg_namespace.nspowner
    union all
    select
        'before',
        'change',
        'validity',
        null,
        format('%I of %s', pg_constraint.conname, our_relation.name),
        pg_constraint.convalidated::text,
        case
            when pg_constraint.convalidated
                then format('alter table %s validate constraint %I', our_relation.name, pg_constraint.conname)
        end,
        null
    from pg_constraint
    inner join our_relation on pg_constraint.conrelid = our_relation.oid
    where pg_constraint.contype in ('c', 'f')
    union all
    select
        'before',
        'rebuild',
        'generated column',
        null,
        our_column.name,
        concat_ws(
            ' ', format_type(our_column.atttypid, our_column.atttypmod),
            pg_get_expr(pg_attrdef.adbin, pg_attrdef.adrelid)
        ),
        null,
        format('alter table %s drop column %I', our_column.table_name, our_column.attname)
    from our_column
    inner join pg_attrdef on our_column.attrelid = pg_attrdef.adrelid and our_column.attnum = pg_attrdef.adnum
    where our_column.attgenerated <> ''
    union all
    select
        'after',
        'over',
        'type grant',
        our_type.name,
        format('%s %s', our_type.name, coalesce(pg_roles.rolname, 'public')),
        '',
        format('grant usage on type %s to %s', our_type.name, coalesce(quote_ident(pg_roles.rolname), 'public')),
        format('revoke usage on type %s from %s', our_type.name, coalesce(quote_ident(pg_roles.rolname), 'public'))
    from our_type
    cross join lateral aclexplode(coalesce(our_type.typacl, acldefault('T', our_type.typowner))) as acl
    left join pg_roles on acl.grantee = pg_roles.oid
    where acl.grantee <> our_type.typowner
    union all
    select
        'after',
        'over',
        'table option',
        null,
        format('%s %s', our_relation.name, option.option_name),
        option.option_value,
        format('alter table %s set (%s = %s)', our_relation.name, option.option_name, option.option_value),
        format('alter table %s reset (%s)', our_relation.name, option.option_name)
    from our_relation
    cross join
        lateral (
            select
                own.option_name,
                own.option_value
            from pg_options_to_table(our_relation.reloptions) as own
            union all
            select
                'toast.' || of_toast.option_name,
                of_toast.option_value
            from pg_class as toast
            cross join lateral pg_options_to_table(toast.reloptions) as of_toast
            where toast.oid = our_relation.reltoastrelid
        ) as option
    where our_relation.relkind in ('r', 'p')
    union all
    select
        'after',
        'change',
        'storage',
        null,
        our_column.name,
        our_column.attstorage::text,
        our_column.to_alter || ' set storage '
        || case our_column.attstorage
            when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended'
        end,
        null
    from our_column
    union all
    select
        'after',
        'over',
        'compression',
        null,
        our_column.name,
        our_column.attcompression::text,
        our_column.to_alter || ' set compression '
        || case our_column.attcompression when 'l' then 'lz4' else 'pglz' end,
        our_column.to_alter || ' set compression default'
    from our_column
    where our_column.attcompression <> ''
    union all
    select
        'after',
        'over',
        'statistics target',
        null,
        our_column.name,
        our_column.attstattarget::text,
        format('%s set statistics %s', our_column.to_alter, our_column.attstattarget),
        our_column.to_alter || ' set statistics -1'
    from our_column
    where our_column.attstattarget >= 0
    union all
    select
        'after',
        'over',
        'column option',
        null,
        format('%s %s', our_column.name, option.option_name),
        option.option_value,
        format('%s set (%s = %s)', our_column.to_alter, option.option_name, option.option_value),
        format('%s reset (%s)', our_column.to_alter, option.option_name)
    from our_column
    cross join lateral pg_options_to_table(our_column.attoptions) as option
    union all
    select
        'after',
        'change',
        'sequence',
        null,
        our_relation.name,
        sequence.said,
        format('alter sequence %s %s', our_relation.name, sequence.said),
        null
    from our_relation
    inner join pg_sequence on our_relation.oid = pg_sequence.seqrelid
    cross join
        lateral format(
            'as %s increment by %s minvalue %s maxvalue %s start with %s cache %s%s',
            format_type(pg_sequence.seqtypid, null), pg_sequence.seqincrement, pg_sequence.seqmin,
            pg_sequence.seqmax, pg_sequence.seqstart, pg_sequence.seqcache,
            case when pg_sequence.seqcycle then ' cycle' else ' no cycle' end
        ) as sequence (said)
    union all
    select
        'after',
        'again',
        'statistics',
        null,
        format('%I on %s', pg_statistic_ext.stxname, our_relation.name),
        pg_get_statisticsobjdef(pg_statistic_ext.oid),
        pg_get_statisticsobjdef(pg_statistic_ext.oid),
        format('drop statistics %s.%I', pg_statistic_ext.stxnamespace::regnamespace, pg_statistic_ext.stxname)
    from pg_statistic_ext
    inner join our_relation on pg_statistic_ext.stxrelid = our_relation.oid
    union all
    select
        'after',
        'over',
        'trigger',
        null,
        format('%I on %s', pg_trigger.tgname, our_relation.name),
        pg_trigger.tgenabled::text,
        format(
            'alter table %s %s trigger %I', our_relation.name,
            case pg_trigger.tgenabled when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always' end,
            pg_trigger.tgname
        ),
        format('alter table %s enable trigger %I', our_relation.name, pg_trigger.tgname)
    from pg_trigger
    inner join our_relation on pg_trigger.tgrelid = our_relation.oid
    where not pg_trigger.tgisinternal and pg_trigger.tgenabled <> 'O'
)

select * from found
