update partman.part_config set premake = %(months)s
where parent_table in ('app.sessions', 'app.events')
