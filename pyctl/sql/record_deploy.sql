insert into ops.deploys (state_checksum, code_checksum, git_revision, newest_step)
values (%(state)s, %(code)s, %(revision)s, (select max(version) from ops.migrations))
