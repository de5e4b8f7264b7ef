-- Without a month: what the installation keeps no longer.
select retirements.*
from ops.settings
cross join lateral ops.retirements(coalesce(
    %(before)s::date,
    (date_trunc('month', now() at time zone 'UTC') - make_interval(months => coalesce(
        %(months)s::integer, settings.raw_months
    )))::date
)) as retirements
