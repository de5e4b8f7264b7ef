select
    deploys.state_checksum,
    deploys.code_checksum,
    deploys.git_revision,
    deploys.deployed_by,
    deploys.at::text as deployed_at
from ops.deploys
order by deploys.id desc
limit 1
