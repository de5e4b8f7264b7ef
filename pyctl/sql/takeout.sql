select
    takeout.name,
    takeout.query
from ops.takeout_queries(%(site)s) as takeout
