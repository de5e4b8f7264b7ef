-- No grants and no policies: its owner and the superuser of jobs and deploys only.
alter table ops.jobs enable row level security;
