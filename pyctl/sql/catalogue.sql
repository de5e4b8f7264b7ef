-- Everything that a deploy makes, one row an object: what two databases of one source must agree on.
-- Partitions are not objects of their own here; each is held against its parent (kind partition).
with our_schema as (
    select
        pg_namespace.oid,
        pg_namespace.nspname
    from pg_namespace
    where pg_namespace.nspname in ('app', 'access', 'ops', 'api', 'reporting')
),

extension_member as (
    select
        pg_depend.classid,
        pg_depend.objid
    from pg_depend
    where pg_depend.deptype = 'e'
),

relation as (
    select
        pg_class.oid,
        pg_class.relname,
        pg_class.relkind,
        pg_class.relpersistence,
        pg_class.relowner,
        pg_class.relacl,
        pg_class.reloptions,
        pg_class.reltoastrelid,
        pg_class.relreplident,
        pg_class.relrowsecurity,
        pg_class.relforcerowsecurity,
        our_schema.nspname,
        format('%I.%I', our_schema.nspname, pg_class.relname) as name
    from pg_class
    inner join our_schema on pg_class.relnamespace = our_schema.oid
    where
        not pg_class.relispartition
        and (('pg_class'::regclass, pg_class.oid) not in (select * from extension_member))
),

routine as (
    select
        pg_proc.*,
        pg_proc.oid::regprocedure::text as name
    from pg_proc
    inner join our_schema on pg_proc.pronamespace = our_schema.oid
    where (('pg_proc'::regclass, pg_proc.oid) not in (select * from extension_member))
),

type as (
    select
        pg_type.*,
        pg_type.oid::regtype::text as name
    from pg_type
    inner join our_schema on pg_type.typnamespace = our_schema.oid
    left join pg_class on pg_type.typrelid = pg_class.oid
    where pg_type.typtype in ('d', 'e', 'r') or pg_class.relkind = 'c'
),

partition as (
    select
        pg_inherits.inhrelid,
        pg_inherits.inhparent
    from pg_inherits
    inner join relation on pg_inherits.inhparent = relation.oid and relation.relkind = 'p'
),

acl as (
    select
        'schema' as kind,
        our_schema.nspname::text as name,
        coalesce(pg_namespace.nspacl, acldefault('n', pg_namespace.nspowner)) as acl
    from our_schema
    inner join pg_namespace on our_schema.oid = pg_namespace.oid
    union all
    select
        'relation' as kind,
        relation.name,
        coalesce(
            relation.relacl, acldefault(case relation.relkind when 'S' then 's' else 'r' end::"char", relation.relowner)
        ) as acl
    from relation
    where relation.relkind in ('r', 'p', 'v', 'm', 'S')
    union all
    select
        'column' as kind,
        format('%s.%I', relation.name, pg_attribute.attname) as name,
        pg_attribute.attacl as acl
    from relation
    inner join pg_attribute on relation.oid = pg_attribute.attrelid
    where pg_attribute.attacl is not null and not pg_attribute.attisdropped
    union all
    select
        'routine' as kind,
        routine.name,
        coalesce(routine.proacl, acldefault('f', routine.proowner)) as acl
    from routine
    union all
    select
        'type' as kind,
        type.name,
        coalesce(type.typacl, acldefault('T', type.typowner)) as acl
    from type
),

found (kind, name, definition) as (
    select
        'schema',
        our_schema.nspname::text,
        format('owner %s', pg_namespace.nspowner::regrole)
    from our_schema
    inner join pg_namespace on our_schema.oid = pg_namespace.oid
    union all
    select
        'extension',
        pg_extension.extname::text,
        format('in schema %s', pg_extension.extnamespace::regnamespace)
    from pg_extension
    union all
    select
        case relation.relkind
            when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'view' when 'c' then 'composite' else 'table'
        end,
        relation.name,
        concat_ws(
            e'\n', format('kind %s %s', relation.relkind, relation.relpersistence),
            format('owner %s', relation.relowner::regrole),
            format('row security %s, forced %s', relation.relrowsecurity, relation.relforcerowsecurity),
            'options ' || (select string_agg(option, ', ' order by option) from unnest(relation.reloptions) as option),
            (
                select 'toast options ' || toast.reloptions::text
                from pg_class as toast
                where toast.oid = relation.reltoastrelid
            ),
            case
                when relation.relkind in ('r', 'p') then 'replica identity ' || nullif(relation.relreplident::text, 'd')
            end,
            'partitioned by ' || pg_get_partkeydef(relation.oid),
            case when relation.relkind in ('v', 'm') then pg_get_viewdef(relation.oid) end,
            (
                select
                    format(
                        '%s, start %s, by %s, from %s to %s, cycle %s, cache %s', seqtypid::regtype, seqstart,
                        seqincrement, seqmin, seqmax, seqcycle, seqcache
                    )
                from pg_sequence where seqrelid = relation.oid
            )
        )
    from relation
    where relation.relkind in ('r', 'p', 'v', 'm', 'S', 'c', 'f')
    union all
    select
        'column',
        format('%s.%I', relation.name, pg_attribute.attname),
        concat_ws(
            ' ', format_type(pg_attribute.atttypid, pg_attribute.atttypmod),
            case when pg_attribute.attnotnull then 'not null' end,
            'default ' || pg_get_expr(pg_attrdef.adbin, pg_attrdef.adrelid),
            'identity ' || nullif(pg_attribute.attidentity::text, ''),
            'generated ' || nullif(pg_attribute.attgenerated::text, ''),
            'storage ' || pg_attribute.attstorage::text,
            'compression ' || nullif(pg_attribute.attcompression::text, ''),
            'collation ' || nullif(pg_attribute.attcollation, 0)::regcollation::text,
            'options ' || pg_attribute.attoptions::text,
            'statistics ' || nullif(pg_attribute.attstattarget, -1)::text,
            -- of a table the order is of no account, of a composite type it is its meaning
            case when relation.relkind = 'c' then format('place %s', (
                select count(*) from pg_attribute as earlier
                where
                    earlier.attrelid = relation.oid and earlier.attnum between 1 and pg_attribute.attnum
                    and not earlier.attisdropped
            )) end
        )
    from relation
    inner join pg_attribute on relation.oid = pg_attribute.attrelid
    left join pg_attrdef
        on pg_attribute.attrelid = pg_attrdef.adrelid and pg_attribute.attnum = pg_attrdef.adnum
    where
        relation.relkind in ('r', 'p', 'c') and pg_attribute.attnum > 0 and not pg_attribute.attisdropped
    union all
    select
        'constraint',
        format('%s of %s', quote_ident(pg_constraint.conname), coalesce(relation.name, type.name)),
        concat_ws(
            ', ', pg_get_constraintdef(pg_constraint.oid), case when not pg_constraint.convalidated then 'not valid' end
        )
    from pg_constraint
    left join relation on pg_constraint.conrelid = relation.oid
    left join type on pg_constraint.contypid = type.oid
    where coalesce(relation.name, type.name) is not null and pg_constraint.contype not in ('n', 't')
    union all
    select
        'index',
        format('%s on %s', index.relname, relation.name),
        concat_ws(
            ', ', pg_get_indexdef(pg_index.indexrelid), case when not pg_index.indisvalid then 'invalid' end,
            case when pg_index.indisclustered then 'clustered' end,
            case when pg_index.indisreplident then 'replica identity' end
        )
    from pg_index
    inner join relation on pg_index.indrelid = relation.oid
    inner join pg_class as index on pg_index.indexrelid = index.oid
    union all
    select
        'trigger',
        format('%s on %s', pg_trigger.tgname, relation.name),
        format('%s, enabled %s', pg_get_triggerdef(pg_trigger.oid, true), pg_trigger.tgenabled)
    from pg_trigger
    inner join relation on pg_trigger.tgrelid = relation.oid
    where not pg_trigger.tgisinternal
    union all
    select
        'policy',
        format('%s on %s', pg_policy.polname, relation.name),
        format(
            '%s, permissive %s, to %s, using %s, with check %s', pg_policy.polcmd, pg_policy.polpermissive,
            (
                select string_agg(case member when 0 then 'public' else member::regrole::text end, ', ' order by member)
                from unnest(pg_policy.polroles) as member
            ),
            pg_get_expr(pg_policy.polqual, pg_policy.polrelid), pg_get_expr(pg_policy.polwithcheck, pg_policy.polrelid)
        )
    from pg_policy
    inner join relation on pg_policy.polrelid = relation.oid
    union all
    select
        'statistics',
        format('%s on %s', pg_statistic_ext.stxname, relation.name),
        concat_ws(
            ', ', pg_get_statisticsobjdef(pg_statistic_ext.oid),
            'statistics ' || nullif(pg_statistic_ext.stxstattarget, -1)::text
        )
    from pg_statistic_ext
    inner join relation on pg_statistic_ext.stxrelid = relation.oid
    union all
    select
        'rule',
        format('%s on %s', pg_rewrite.rulename, relation.name),
        pg_get_ruledef(pg_rewrite.oid)
    from pg_rewrite
    inner join relation on pg_rewrite.ev_class = relation.oid
    where pg_rewrite.rulename <> '_RETURN'
    union all
    select
        'routine',
        routine.name,
        format('owner %s', routine.proowner::regrole) || e'\n'
        || case when routine.prokind = 'a' then 'aggregate' else pg_get_functiondef(routine.oid) end
    from routine
    union all
    select
        'type',
        type.name,
        concat_ws(
            ', ', format('owner %s', type.typowner::regrole), 'over ' || nullif(type.typbasetype, 0)::regtype::text,
            case when type.typnotnull then 'not null' end, 'default ' || type.typdefault,
            (select 'of ' || pg_range.rngsubtype::regtype from pg_range where pg_range.rngtypid = type.oid),
            (
                select string_agg(enumlabel, ', ' order by enumsortorder) from pg_enum where enumtypid = type.oid
            )
        )
    from type
    union all
    -- collations, operators and what else is made seldom: that it is there
    select
        'object',
        format('%s %s', identity.type, identity.identity),
        ''
    from pg_depend
    inner join our_schema on pg_depend.refclassid = 'pg_namespace'::regclass and pg_depend.refobjid = our_schema.oid
    cross join lateral pg_identify_object(pg_depend.classid, pg_depend.objid, 0) as identity
    where
        pg_depend.classid not in (
            'pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass, 'pg_statistic_ext'::regclass,
            'pg_default_acl'::regclass, 'pg_extension'::regclass
        )
        and ((pg_depend.classid, pg_depend.objid) not in (select * from extension_member))
    union all
    select
        'privileges of ' || acl.kind,
        acl.name,
        (select string_agg(item::text, ', ' order by item::text) from unnest(acl.acl) as item)
    from acl
    where acl.acl <> '{}'
    union all
    select
        'default privileges',
        format(
            '%s for %s%s', pg_default_acl.defaclobjtype, pg_default_acl.defaclrole::regrole,
            ' in ' || nullif(pg_default_acl.defaclnamespace, 0)::regnamespace::text
        ),
        (select string_agg(item::text, ', ' order by item::text) from unnest(pg_default_acl.defaclacl) as item)
    from pg_default_acl
    where pg_default_acl.defaclrole in ('app_owner'::regrole, 'app_definer'::regrole)
    union all
    select
        'comment',
        format('%s %s', identity.type, identity.identity),
        pg_description.description
    from pg_description
    cross join lateral pg_identify_object(pg_description.classoid, pg_description.objoid, pg_description.objsubid)
        as identity
    where
        (identity.schema is null or identity.schema in (select nspname from our_schema))
        and (
            identity.schema is not null
            or (identity.type = 'schema' and identity.identity in (select nspname from our_schema))
            or split_part(identity.identity, '.', 1) in (select nspname from our_schema)
            or identity.identity ~ ' on (app|access|ops|api|reporting)\.'
        )
        and not (
            pg_description.classoid = 'pg_class'::regclass
            and pg_description.objoid in (select inhrelid from partition)
        )
    union all
    select
        'event trigger',
        pg_event_trigger.evtname::text,
        format(
            'on %s for %s, runs %s, enabled %s', pg_event_trigger.evtevent,
            coalesce(array_to_string(pg_event_trigger.evttags, ', '), 'all'), pg_event_trigger.evtfoid::regprocedure,
            pg_event_trigger.evtenabled
        )
    from pg_event_trigger
    where (('pg_event_trigger'::regclass, pg_event_trigger.oid) not in (select * from extension_member))
    union all
    select
        'setting of the database',
        coalesce(nullif(pg_db_role_setting.setrole, 0)::regrole::text, 'everybody'),
        pg_db_role_setting.setconfig::text
    from pg_db_role_setting
    where pg_db_role_setting.setdatabase = (select oid from pg_database where datname = current_database())
    union all
    select
        'role',
        pg_roles.rolname::text,
        concat_ws(
            ', ', case when pg_roles.rolsuper then 'superuser' end, case when pg_roles.rolbypassrls then 'bypassrls' end,
            case when pg_roles.rolinherit then 'inherit' end, case when pg_roles.rolcanlogin then 'login' end,
            case when pg_roles.rolcreaterole then 'createrole' end, case when pg_roles.rolcreatedb then 'createdb' end,
            pg_roles.rolconfig::text,
            (
                select 'member of ' || string_agg(distinct of_role.rolname, ', ')
                from pg_auth_members
                inner join pg_roles as of_role on pg_auth_members.roleid = of_role.oid
                where pg_auth_members.member = pg_roles.oid
            )
        )
    from pg_roles
    where
        pg_roles.rolname in (
            'app_owner', 'app_definer', 'authenticator', 'anon', 'authenticated', 'service_role', 'monitor', 'analyst'
        )
    union all
    select
        'partitions of',
        relation.name,
        concat_ws(
            e'\n',
            (
                select 'without row security: ' || string_agg(child.oid::regclass::text, ', ' order by child.relname)
                from partition
                inner join pg_class as child on partition.inhrelid = child.oid
                where partition.inhparent = relation.oid and not child.relrowsecurity
            ),
            (
                select 'with grants: ' || string_agg(child.oid::regclass::text, ', ' order by child.relname)
                from partition
                inner join pg_class as child on partition.inhrelid = child.oid
                where
                    partition.inhparent = relation.oid
                    and exists (
                        select
                        from (
                            select child.relacl as acl
                            union all
                            select pg_attribute.attacl from pg_attribute where pg_attribute.attrelid = child.oid
                        ) as own
                        cross join lateral aclexplode(own.acl) as item
                        where item.grantee <> child.relowner
                    )
            ),
            (
                select 'with policies: ' || string_agg(child.oid::regclass::text, ', ' order by child.relname)
                from partition
                inner join pg_class as child on partition.inhrelid = child.oid
                where
                    partition.inhparent = relation.oid
                    and exists (select from pg_policy where pg_policy.polrelid = child.oid)
            ),
            (
                select 'of another owner: ' || string_agg(child.oid::regclass::text, ', ' order by child.relname)
                from partition
                inner join pg_class as child on partition.inhrelid = child.oid
                where partition.inhparent = relation.oid and child.relowner <> relation.relowner
            ),
            (
                select
                    'with what the parent has not: '
                    || string_agg(format('%s (%s)', partition.inhrelid::regclass, own.what), ', '
                    order by partition.inhrelid::regclass::text, own.what)
                from partition
                cross join lateral (
                    select 'trigger ' || pg_trigger.tgname as what
                    from pg_trigger
                    where
                        pg_trigger.tgrelid = partition.inhrelid
                        and not exists (
                            select from pg_trigger as same
                            where same.oid = pg_trigger.tgparentid and same.tgenabled = pg_trigger.tgenabled
                        )
                    union all
                    select 'constraint ' || pg_constraint.conname
                    from pg_constraint
                    where
                        pg_constraint.conrelid = partition.inhrelid and pg_constraint.coninhcount = 0
                        and pg_constraint.contype not in ('n', 't')
                    union all
                    select 'unique index ' || pg_index.indexrelid::regclass
                    from pg_index
                    where
                        pg_index.indrelid = partition.inhrelid and pg_index.indisunique
                        and not exists (select from pg_inherits where pg_inherits.inhrelid = pg_index.indexrelid)
                    union all
                    select 'not null ' || pg_attribute.attname
                    from pg_attribute
                    where
                        pg_attribute.attrelid = partition.inhrelid and pg_attribute.attnotnull
                        and pg_attribute.attnum > 0
                        and not exists (
                            select from pg_attribute as same
                            where
                                same.attrelid = partition.inhparent and same.attname = pg_attribute.attname
                                and same.attnotnull
                        )
                ) as own
                where partition.inhparent = relation.oid
            ),
            (
                select
                    'without a valid part of an index: '
                    || string_agg(
                        format('%s (%s)', partition.inhrelid::regclass, pg_index.indexrelid::regclass), ', '
                        order by partition.inhrelid::regclass::text
                    )
                from partition
                inner join pg_index on relation.oid = pg_index.indrelid
                where
                    partition.inhparent = relation.oid
                    and not exists (
                        select from pg_index as own
                        inner join pg_inherits on own.indexrelid = pg_inherits.inhrelid
                        where
                            own.indrelid = partition.inhrelid and pg_inherits.inhparent = pg_index.indexrelid
                            and own.indisvalid
                    )
            )
        )
    from relation
    where relation.relkind = 'p'
)

select
    found.kind,
    found.name,
    coalesce(found.definition, '') as definition
from found
order by found.kind, found.name
