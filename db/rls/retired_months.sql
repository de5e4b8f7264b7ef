-- No grants and no policies: its owner and the superuser of jobs and deploys only.
alter table ops.retired_months enable row level security;
