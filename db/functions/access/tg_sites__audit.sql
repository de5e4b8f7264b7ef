create function access.tg_sites__audit() returns trigger
language plpgsql
set search_path = ''
as $$
declare
    v_before jsonb;
    v_after jsonb;
begin
    -- What nobody sets is no change; the frontend's settings may be long: that they changed is enough.
    select jsonb_object_agg(was.key, was.value), jsonb_object_agg(was.key, now.value)
    into v_before, v_after
    from jsonb_each(to_jsonb(old)) as was
    join jsonb_each(to_jsonb(new)) as now on now.key = was.key and now.value is distinct from was.value
    where was.key not in ('updated_at', 'version', 'config');
    if new.config is distinct from old.config then
        v_after := coalesce(v_after, '{}') || '{"config_changed": true}';
    end if;
    if v_after is not null then
        perform access.write_audit(
            new.id,
            case
                when old.deleted_at is null and new.deleted_at is not null then 'archive'
                when old.deleted_at is not null and new.deleted_at is null then 'restore'
                else 'update'
            end,
            'site', new.id, v_before, v_after
        );
    end if;
    return null;
end;
$$;

comment on function access.tg_sites__audit() is 'Records who changed, archived or restored a site: old and new of what changed.';
