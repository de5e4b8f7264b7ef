insert into ops.migrations (version, name, checksum, how)
values (%(version)s, %(name)s, %(checksum)s, %(how)s)
