create function app.grantees(relation regclass) returns text[]
language sql
stable
set search_path = ''
as $$
    select array(
        select distinct case when acl.grantee = 0 then 'public' else acl.grantee::regrole::text end
        from pg_catalog.pg_class
        cross join lateral (
            select pg_class.relacl as acl
            union all
            select pg_attribute.attacl from pg_catalog.pg_attribute where pg_attribute.attrelid = pg_class.oid
        ) as own
        cross join lateral aclexplode(own.acl) as acl
        where pg_class.oid = grantees.relation and acl.grantee <> pg_class.relowner
        order by 1
    );
$$;

comment on function app.grantees(regclass) is
'Who but its owner was granted something on a relation or a column of it: roles as a grant names them.';
