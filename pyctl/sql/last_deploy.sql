select
    deploys.state_checksum,
    deploys.code_checksum,
    deploys.git_revision,
    deploys.deployed_by,
    deploys.deployed_at::text
from ops.deploys
order by deploys.deployed_at desc
limit 1
