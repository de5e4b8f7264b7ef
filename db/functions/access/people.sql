create function access.people(site_id uuid, user_ids uuid[]) returns table (user_id uuid, email text, name text)
language sql
stable
security definer
rows 5
set search_path = ''
as $$
    select
        profiles.id,
        case when site_members.user_id is not null then profiles.email end,
        coalesce(
            profiles.display_name,
            case when site_members.user_id is not null then profiles.email else split_part(profiles.email, '@', 1) end
        )
    from app.profiles
    left join app.site_members
        on site_members.site_id = people.site_id and site_members.user_id = profiles.id
    where profiles.id = any (people.user_ids)
        and (select access.role_on(people.site_id)) is not null
        and (
            site_members.user_id is not null
            or profiles.role = 'admin'
            or exists (
                select from app.support_accesses
                where support_accesses.site_id = people.site_id and support_accesses.admin_id = profiles.id
            )
            -- Who left the site still stands in its history.
            or exists (
                select from app.audit_log
                where audit_log.site_id = people.site_id and audit_log.object_id = profiles.id
                    and audit_log.object_type = 'site_member'
            )
        );
$$;

comment on function access.people(uuid, uuid[]) is
'Names of those who are or were members of a site of the asker''s, and of admins; e-mail of members only.';
grant execute on function access.people(uuid, uuid[]) to authenticated, app_definer;
