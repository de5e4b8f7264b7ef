\set id random(0, 9007199254740991)
insert into app.events (site_id, session_id, id, created_month, occurred_at, category, action, url) values (:site, gen_random_uuid(), :id, date_trunc('month', now())::date, now(), 'page', 'page_view', '/oto-cilingir/istanbul-kadikoy?utm_source=google&utm_medium=cpc&utm_campaign=tr-oto-cilingir&utm_term=oto+cilingir&matchtype=p');
