select ops.record_act('site_takeout', %(site)s::text, %(reason)s, '{}', %(site)s::text::uuid)
