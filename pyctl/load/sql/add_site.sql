insert into app.sites (id, public_key, name, domain, time_zone, assumed_cpc, default_lead_value, events_per_minute)
values (%s, %s, %s, %s, %s, 18.50, 900, 1000000)
