select ops.record_act('person_erase', %(site)s::text, %(reason)s, '{}', %(site)s::text::uuid)
