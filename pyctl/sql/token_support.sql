select
    made.token,
    made.expires_at
from ops.create_support_token(%(site)s, %(admin)s, %(minutes)s, %(reason)s) as made
