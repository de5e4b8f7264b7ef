create function api.activity(
    site_id uuid, page_size integer default 50, cursor text default null
) returns setof app.activity_entry
language plpgsql
stable
rows 50
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
    v_seq bigint := coalesce(access.number_of(cursor), 9223372036854775807);
begin
    perform access.require_role(site_id, 'viewer');
    perform access.require_page_size(page_size);
    return query
    with entry as materialized (
        select
            audit_log.*,
            (substring(audit_log.actor from '^user:(.*)$'))::uuid as actor_id
        from app.audit_log
        where audit_log.site_id = activity.site_id
            and audit_log.seq < v_seq
        order by audit_log.seq desc
        limit page_size
    ),
    person as materialized (
        select people.user_id, people.name
        from access.people(activity.site_id, array(
            select entry.actor_id from entry where entry.actor_id is not null
            union
            select entry.object_id from entry where entry.object_type = 'site_member'
        )) as people
    )
    select
        entry.seq,
        entry.at,
        entry.actor_id,
        (select person.name from person where person.user_id = entry.actor_id),
        entry.action,
        entry.object_type,
        entry.object_id,
        (select person.name from person where person.user_id = entry.object_id and entry.object_type = 'site_member'),
        entry.before,
        entry.after,
        entry.reason,
        entry.seq::text
    from entry
    order by entry.seq desc;
end;
$$;

comment on function api.activity(uuid, integer, text) is
$$Who did what at a site, newest first: cards sealed, junked, restored ..., people added and removed.

actor_id is null where a job did it. before and after hold facts, never a note or a caller's number. reason is set
where an admin did it under support access.
page_size 1-200. For the next page pass the cursor of the last row.
404 site_not_found. 400 invalid_page_size, invalid_cursor.$$;

grant execute on function api.activity(uuid, integer, text) to authenticated;
