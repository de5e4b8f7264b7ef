select
    made.id::text as id,
    made.public_key as key,
    made.is_invited
from ops.create_site(%(name)s, %(domain)s, %(owner)s, %(settings)s, %(reason)s) as made
