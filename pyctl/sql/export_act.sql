select ops.record_act('site_export', %(site)s::text, %(reason)s, '{}', %(site)s::text::uuid)
