create function ops.origin_allowed(site app.sites, origin text) returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
    -- No Origin: not a browser on a foreign page. CORS would not stop a simple POST; this does.
    return origin is null or coalesce(app.host_in(app.url_host(origin), site.domain || site.allowed_origins), false);
end;
$$;

comment on function ops.origin_allowed(app.sites, text) is
'The site''s domain, its further origins, and what is below them.';
grant execute on function ops.origin_allowed(app.sites, text) to app_definer;
