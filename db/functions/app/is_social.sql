create function app.is_social(host text) returns boolean
language sql
immutable
parallel safe
return coalesce(app.host_in(host, array[
    'facebook.com', 'fb.com', 'instagram.com', 'x.com', 'twitter.com', 't.co', 'tiktok.com', 'linkedin.com', 'lnkd.in',
    'pinterest.com', 'youtube.com', 'youtu.be', 'reddit.com', 'snapchat.com', 'threads.net', 'threads.com', 'vk.com'
]), false);

comment on function app.is_social(text) is 'Whether a host belongs to a social network.';
grant execute on function app.is_social(text) to app_definer;
