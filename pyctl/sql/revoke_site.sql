-- Ends a viewer's membership; gives the role of who is more than that.
with ended as (
    delete from app.site_members
    where site_members.site_id = %(site)s and site_members.user_id = %(person)s and site_members.role = 'viewer'
)

select site_members.role
from app.site_members
where site_members.site_id = %(site)s and site_members.user_id = %(person)s
