-- What follows in this transaction is read with the rights of the site's first owner.
select set_config('request.jwt.claims', jsonb_build_object(
    'iss', identities.iss, 'sub', identities.sub, 'role', 'authenticated'
)::text, true) as claims
from app.site_members
join access.identities on identities.user_id = site_members.user_id
where site_members.site_id = %(site)s and site_members.role = 'owner'
order by site_members.created_at, identities.iss = 'opsmantik' desc
limit 1
