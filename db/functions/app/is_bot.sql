create function app.is_bot(user_agent text) returns boolean
language sql
immutable
parallel safe
-- CUBOT makes phones. Looking back costs four times as much: only where there is a bot.
return coalesce(user_agent, '') = ''
or user_agent ~* (
    '(crawl|spider|slurp|headless|lighthouse|pagespeed|facebookexternalhit|whatsapp/'
    || '|preview|monitor|uptime|pingdom|curl/|wget/|python-|go-http-client|okhttp|java/|libwww'
    || '|scrapy|phantomjs|puppeteer|playwright|selenium)'
)
or (user_agent ~* 'bot' and user_agent ~* '((?<!cu)bot\M|bots\M)');

comment on function app.is_bot(text) is 'Whether a user agent names itself a machine, or nothing at all.';
grant execute on function app.is_bot(text) to app_definer;
