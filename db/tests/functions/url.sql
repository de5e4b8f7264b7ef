begin;
select no_plan();

select is(app.url_decode(value), want, 'url_decode ' || value)
from (
    values
    ('plain', 'plain'),
    ('a+b', 'a b'),
    ('a%20b', 'a b'),
    ('a%2Bb', 'a+b'),
    ('%C3%A7ilingir', 'çilingir'),
    ('%c3%a7', 'ç'),
    ('100%', '100%'),
    ('100%zz', '100%zz'),
    ('%', '%'),
    ('%%41', '%A'),
    ('', ''),
    ('a%00b', 'ab'),
    -- bytes that are no UTF-8 stay as they came
    ('%ff%fe', '%ff%fe'),
    ('caf%e9', 'caf%e9')
) as example (value, want);
select is(app.url_decode(null), null, 'url_decode null');

select is(app.query_params(url), want::jsonb, 'query_params ' || coalesce(url, 'null'))
from (
    values
    ('https://acme.example/?gclid=abc', '{"gclid":"abc"}'),
    ('https://acme.example/?GCLID=abc&UTM_Medium=CPC', '{"gclid":"abc","utm_medium":"CPC"}'),
    ('https://acme.example/?gclid=first&gclid=second', '{"gclid":"first"}'),
    ('https://acme.example/?x=1#gclid=abc', '{"gclid":"abc"}'),
    ('https://acme.example/?gclid=query#gclid=fragment', '{"gclid":"query"}'),
    ('https://acme.example/?gclid=', '{}'),
    ('https://acme.example/?gclid', '{}'),
    ('https://acme.example/?gclid=%20', '{}'),
    ('https://acme.example/?gclid=%20abc%20', '{"gclid":"abc"}'),
    ('https://acme.example/?gclid=a=b', '{"gclid":"a=b"}'),
    ('https://acme.example/?name=Ali&e-mail=a@b.example', '{}'),
    ('https://acme.example/?xgclid=abc', '{}'),
    ('https://acme.example/?utm_term=%C3%A7ilingir+ankara', '{"utm_term":"çilingir ankara"}'),
    (
        'https://acme.example/?wbraid=w&gbraid=g&msclkid=m&fbclid=f&ttclid=t&matchtype=e&network=g&placement=p&device=c',
        '{"wbraid":"w","gbraid":"g","msclkid":"m","fbclid":"f","ttclid":"t","matchtype":"e","network":"g","placement":"p","device":"c"}'
    ),
    ('https://acme.example/', '{}'),
    ('', '{}'),
    (null, '{}')
) as example (url, want);
select is(
    length(app.query_params('https://acme.example/?gclid=' || repeat('x', 4000)) ->> 'gclid'), 512, 'a value is cut'
);

select is(app.clean_url(url), want, 'clean_url ' || coalesce(url, 'null'))
from (
    values
    ('https://acme.example/contact', '/contact'),
    ('https://acme.example', '/'),
    ('/contact?name=Ali&utm_source=google', '/contact?utm_source=google'),
    ('https://acme.example/?utm_source=a&utm_medium=b&email=x@y.example', '/?utm_source=a&utm_medium=b'),
    ('https://acme.example/?gclid=abc', '/'),
    ('https://acme.example/a?token=secret#access_token=secret', '/a'),
    ('https://user:password@acme.example/a', '/a'),
    ('', null),
    (null, null)
) as example (url, want);
select cmp_ok(length(app.clean_url('/' || repeat('x', 5000))), '<=', 1024, 'an endless path is cut');

select is(app.url_host(url), want, 'url_host ' || coalesce(url, 'null'))
from (
    values
    ('https://WWW.Google.com/search?q=x', 'www.google.com'),
    ('https://acme.example:8443/', 'acme.example'),
    ('https://user:password@acme.example/', 'acme.example'),
    ('https://acme.example@evil.example/', 'evil.example'),
    ('android-app://com.google.android.gm/', 'com.google.android.gm'),
    ('/relative', null),
    ('null', null),
    ('', null),
    (null, null)
) as example (url, want);

select is(app.ip_prefix(ip::inet)::text, want, 'ip_prefix ' || ip)
from (
    values
    ('203.0.113.77', '203.0.113.0/24'),
    ('2001:db8:1:2:3:4:5:6', '2001:db8:1::/48')
) as example (ip, want);

select * from finish();
rollback;
