create function access.is_own_page() returns boolean
language sql
stable
set search_path = ''
as $$
    -- What a page can not say of itself: the browser writes both.
    select coalesce(access.header('sec-fetch-site') = 'same-origin', false)
        or coalesce(access.header('origin') = any (settings.app_origins), false)
    from ops.settings;
$$;

comment on function access.is_own_page() is
'Whether the request comes from a page of our own: only then its cookie counts.';
grant execute on function access.is_own_page() to app_definer;
