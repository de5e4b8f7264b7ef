begin;
select no_plan();

create temporary table agent (name text, agent text, type text, os text, bot boolean);
insert into agent values
('iPhone', 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1', 'mobile', 'iOS', false),
('iPad', 'Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1', 'tablet', 'iOS', false),
('Android phone', 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36', 'mobile', 'Android', false),
('Android tablet', 'Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 Chrome/140.0 Safari/537.36', 'tablet', 'Android', false),
('Windows', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36', 'desktop', 'Windows', false),
('Mac', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15', 'desktop', 'macOS', false),
('Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'desktop', 'Linux', false),
('Chromebook', 'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36', 'desktop', 'Chrome OS', false),
('Cubot, a phone', 'Mozilla/5.0 (Linux; Android 13; CUBOT X30) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36', 'mobile', 'Android', false),
('Googlebot', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', null, null, true),
('AdsBot', 'AdsBot-Google (+http://www.google.com/adsbot.html)', null, null, true),
('headless', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/140.0 Safari/537.36', null, null, true),
('curl', 'curl/8.5.0', null, null, true),
('python', 'python-requests/2.31', null, null, true),
('lighthouse', 'Mozilla/5.0 Chrome-Lighthouse', null, null, true),
('nothing', '', 'unknown', 'unknown', true),
('null', null, 'unknown', 'unknown', true);

select is(app.device_type(agent, null), type, 'device of ' || name) from agent where type is not null;
select is(app.device_os(agent, null), os, 'system of ' || name) from agent where os is not null;
select is(app.is_bot(agent), bot, format('%s is %s', name, case when bot then 'a machine' else 'a person' end)) from agent;

select is(app.device_type('Mozilla/5.0 (X11; Linux x86_64)', '{"mobile":true}'), 'mobile', 'the hint says mobile');
select is(app.device_os('Mozilla/5.0 (X11; Linux x86_64)', '{"platform":"Android"}'), 'Android', 'the hint''s platform wins');
select is(app.device_os('Mozilla/5.0 (X11; Linux x86_64)', '{"platform":"<script>"}'), 'Linux', 'an invented platform does not');
select is(app.device_type('Mozilla/5.0 (X11; Linux x86_64)', '[1]'), 'desktop', 'hints of another shape say nothing');
select is(app.device_os('Mozilla/5.0 (X11; Linux x86_64)', '"x"'), 'Linux', 'hints of another shape say nothing');

select * from finish();
rollback;
