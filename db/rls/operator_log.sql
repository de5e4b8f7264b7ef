-- No grants and no policies: its owner and the superuser of operators only.
alter table ops.operator_log enable row level security;
