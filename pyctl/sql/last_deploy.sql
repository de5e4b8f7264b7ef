select
    deploys.state_checksum,
    deploys.code_checksum,
    deploys.git_revision,
    deploys.deployed_by,
    deploys.at::text as deployed_at,
    -- an interrupted deploy has left steps behind that the last whole one did not know
    (select max(migrations.version) from ops.migrations) is distinct from deploys.newest_step as is_interrupted
from ops.deploys
order by deploys.id desc
limit 1
