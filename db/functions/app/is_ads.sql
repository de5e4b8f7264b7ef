create function app.is_ads(has_click_id boolean, utm_medium text) returns boolean
language sql
immutable
parallel safe
return coalesce(has_click_id, false) or coalesce(lower(utm_medium) in (
    'cpc', 'ppc', 'paid', 'paidsearch', 'paid-search', 'sem', 'display', 'retargeting', 'remarketing',
    'paid_social', 'paidsocial'
), false);

comment on function app.is_ads(boolean, text) is
'The ads predicate of DOMAIN: any click id, or a paid medium. utm_source = google alone is not '
'paid.';
grant execute on function app.is_ads(boolean, text) to app_definer;
