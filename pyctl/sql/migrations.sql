select
    migrations.version,
    migrations.name,
    migrations.checksum,
    migrations.how,
    migrations.applied_at::text as applied_at,
    migrations.applied_by
from ops.migrations
order by migrations.version
