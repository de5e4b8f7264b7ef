begin;
select no_plan();

-- google click, social click, utm_medium, referrer, earlier paid session -> attribution
select is(app.attribution(google, social, medium, host, returning_ads), want, format('%s: %s', want, why))
from (
    values
    (true, false, null, null, false, 'First Click (Paid)', 'a Google click id'),
    (true, true, 'cpc', 'facebook.com', true, 'First Click (Paid)', 'a Google click id beats everything'),
    (false, false, 'cpc', null, false, 'Paid (UTM)', 'a paid medium'),
    (false, false, 'CPC', null, false, 'Paid (UTM)', 'a paid medium in capitals'),
    (false, false, 'cpc', 'www.google.com', true, 'Paid (UTM)', 'a paid medium beats an earlier paid visit'),
    (false, false, null, 'www.google.com.tr', true, 'Ads Assisted', 'from Google, paid visit before'),
    (false, false, 'organic', 'google.com', true, 'Ads Assisted', 'an unpaid medium changes nothing'),
    (false, false, null, 'www.bing.com', true, 'Organic', 'an earlier paid visit counts for Google only'),
    (false, false, null, null, true, 'Direct', 'an earlier paid visit alone is nothing'),
    (false, false, null, 'facebook.com', false, 'Social', 'social host'),
    (false, false, null, 'm.facebook.com', false, 'Social', 'below a social host'),
    (false, false, null, 'l.instagram.com', false, 'Social', 'below a social host'),
    (false, false, null, 'x.com', false, 'Social', 'x.com itself'),
    (false, false, null, 't.co', false, 'Social', 't.co itself'),
    (false, false, 'paid_social', 'facebook.com', false, 'Paid Social', 'social host, paid medium'),
    (false, false, 'cpc', 'instagram.com', false, 'Paid Social', 'social host, paid medium'),
    (false, true, null, 'facebook.com', false, 'Paid Social', 'social host, social click id'),
    (false, true, null, null, false, 'Paid Social', 'a social click id whose app sent no referrer'),
    -- matched as a host, never as a substring
    (false, false, null, 'netflix.com', false, 'Referral', 'netflix.com is not x.com'),
    (false, false, null, 'notfacebook.com', false, 'Referral', 'notfacebook.com is not facebook.com'),
    (false, false, null, 'facebook.com.evil.example', false, 'Referral', 'facebook.com in front'),
    (false, false, null, 'reddit.co', false, 'Referral', 'reddit.co is not t.co'),
    (false, false, null, 'google.evil.example', true, 'Referral', 'google in front'),
    (false, false, null, 'notgoogle.com', true, 'Referral', 'notgoogle.com is not google.com'),
    (false, false, null, 'www.google.de', false, 'Organic', 'Google of another country'),
    (false, false, null, 'www.google.co.uk', false, 'Organic', 'Google of another country'),
    (false, false, null, 'google.com', false, 'Organic', 'Google without www'),
    (false, false, null, 'yandex.com.tr', false, 'Organic', 'search engine'),
    (false, false, null, 'duckduckgo.com', false, 'Organic', 'search engine'),
    (false, false, null, 'search.yahoo.com', false, 'Organic', 'below a search engine'),
    (false, false, null, 'blog.example', false, 'Referral', 'another host'),
    (false, false, 'email', null, false, 'Direct', 'an unpaid medium without referrer'),
    (false, false, null, null, false, 'Direct', 'nothing'),
    (null, null, null, null, null, 'Direct', 'nulls')
) as example (google, social, medium, host, returning_ads, want, why);

-- the ads predicate
select is(app.is_ads(false, medium), true, 'paid medium ' || medium)
from unnest(array[
    'cpc', 'ppc', 'paid', 'paidsearch', 'paid-search', 'sem', 'display', 'retargeting', 'remarketing', 'paid_social',
    'paidsocial', 'CPC', 'Paid_Social'
]) as medium;
select is(app.is_ads(false, medium), false, 'unpaid medium ' || medium)
from unnest(array['organic', 'email', 'referral', 'social', 'cpcx', 'xcpc', 'google', 'unpaid', '', 'gbp']) as medium;
select is(app.is_ads(true, null), true, 'any click id is paid');
select is(app.is_ads(false, null), false, 'nothing is not paid');
select is(app.is_ads(null, null), false, 'null is not paid, and not null');
select is(app.is_ads(true, 'organic'), true, 'a click id beats an unpaid medium');

select is(app.host_in('a.b.example', array['b.example']), true, 'a host below a domain is in it');
select is(app.host_in('ab.example', array['b.example']), false, 'a longer name is not in it');
select is(app.host_in('b.example', array['a.b.example']), false, 'the parent is not below');
select is(app.host_in('b.example', '{}'), false, 'no domains, no');
select isnt(app.host_in(null, array['b.example']), true, 'no host is in nothing');

select * from finish();
rollback;
