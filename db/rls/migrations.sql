-- No grants and no policies: its owner and the superuser of deploys only.
alter table ops.migrations enable row level security;
