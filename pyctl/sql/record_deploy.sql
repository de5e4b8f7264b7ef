insert into ops.deploys (state_checksum, code_checksum, git_revision)
values (%(state)s, %(code)s, %(revision)s)
