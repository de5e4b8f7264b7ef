select
    feed_credentials.user_name,
    sites.name as site,
    sites.domain,
    case
        when feed_credentials.revoked_at is not null then 'revoked'
        when sites.deleted_at is not null then 'site archived'
        when feed_credentials.previous_until > now() then 'good, and the old secret too'
        else 'good'
    end as state,
    case when feed_credentials.previous_until > now() then feed_credentials.previous_until end as old_secret_until,
    feed_credentials.created_at
from access.feed_credentials
join app.sites on sites.id = feed_credentials.site_id
order by sites.created_at, feed_credentials.created_at
