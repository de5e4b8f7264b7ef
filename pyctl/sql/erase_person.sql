select
    done.sessions,
    done.events,
    done.calls,
    done.bad_rows,
    done.exported
from access.one_person(%(site)s, %(visitor)s::text, %(phone)s::text, %(session)s::uuid, null) as who
cross join lateral ops.erase(
    %(site)s, who.visitor_ids, who.phones, who.session_ids, 'infinity', %(why)s
) as done
