"""What a local cluster's configuration files say."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_SETTINGS = """\
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
fsync = on
synchronous_commit = on
full_page_writes = on
shared_preload_libraries = '{preload}'
max_connections = 100
max_worker_processes = 16
max_locks_per_transaction = 256
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
"""

# background workers need no connection of their own through pg_hba.conf
_CRON = """\
cron.database_name = '{database}'
cron.use_background_workers = on
cron.log_statement = off
"""

# the superuser has no password: only the socket knows who is asking
HBA = """\
local all postgres peer map=operator
local all all scram-sha-256
host all postgres 127.0.0.1/32 reject
host all all 127.0.0.1/32 scram-sha-256
"""


def settings(port: int, sockets: Path, preload: Iterable[str], cron_database: str | None) -> str:
    """opsmantik.conf, written anew at every start so that a changed port takes effect."""
    text = _SETTINGS.format(port=port, sockets=sockets, preload=",".join(preload))
    return text + _CRON.format(database=cron_database) if cron_database else text


def ident(users: Iterable[str]) -> str:
    """pg_ident.conf: the operating-system users who may be the superuser `postgres`."""
    return "".join(f'operator "{user}" postgres\n' for user in sorted(set(users)))
