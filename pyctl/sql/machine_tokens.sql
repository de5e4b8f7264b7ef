select
    machine_tokens.id::text as id,
    machine_tokens.name,
    machine_tokens.role,
    case
        when machine_tokens.revoked_at is not null then 'revoked'
        when machine_tokens.expires_at <= now() then 'expired'
        else 'good'
    end as state,
    to_char(machine_tokens.expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') as expires_at
from access.machine_tokens
order by machine_tokens.created_at
