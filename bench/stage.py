"""The measured installation: a durable cluster of its own, PostgREST, and three sets of data."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import cached_property

from psycopg import sql

from bench import shell
from pyctl import db, deploy
from pyctl.config import REPO
from pyctl.load import write
from pyctl.load.visits import Site
from tests.harness import rest
from tests.harness.stage import Stage
from tests.harness.world import World

DAYS = 30
CARDS = 100_000
SETTINGS = {
    "shared_buffers": "2GB",
    "effective_cache_size": "8GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "maintenance_work_mem": "512MB",
    "autovacuum_naptime": "10s",
}


class Data:
    """One database with visits in it, rolled up, and PostgREST on it."""

    def __init__(self, stage: Stage, name: str, events: int) -> None:
        self.name, self.events = name, events
        self.dsn = stage.create_database(name)
        deploy.deploy(self.dsn, REPO / "db")
        with db.connect(self.dsn) as conn:
            conn.execute("select ops.set_jwt_secret(%s)", [stage.jwt_secret])
            conn.execute("select ops.set_proxy_secret(%s)", ["p" * 40])
            conn.execute(db.as_query(shell.text("doors.sql")))
        self.load_seconds = self.roll_seconds = 0.0
        self.site = self._load() if events else ""
        self.rest = rest.start(stage, name)
        self.world = World(self.dsn, stage.jwt_secret)

    def _load(self) -> str:
        plan = write.Plan(1, DAYS, self.events, 1, datetime.now(UTC).date())
        began = time.monotonic()
        (site,) = self._write(plan)
        self.load_seconds = time.monotonic() - began
        with db.connect(self.dsn, autocommit=True) as conn:
            conn.execute("vacuum analyze")
            began = time.monotonic()
            while conn.execute("select ops.roll_stats()").fetchone() != (0,):
                pass
            self.roll_seconds = time.monotonic() - began
            conn.execute("vacuum analyze")
        return str(site.id)

    def _write(self, plan: write.Plan) -> list[Site]:
        return write.load(self.dsn, plan, lambda _: None)

    @cached_property
    def owner(self) -> str:
        """Id of the site's owner."""
        return str(
            self.world.value(
                "select user_id from app.site_members where site_id = %(s)s and role = 'owner'",
                s=self.site,
            )
        )

    @cached_property
    def token(self) -> str:
        """The owner's."""
        return self.world.token(self.owner, exp=int(time.time()) + 86400)


class Bench:
    """Everything that is measured, each made when first asked for; ``close`` removes it."""

    def __init__(self, small: int, large: int, sites: int) -> None:
        self._events = {"small": small, "large": large}
        self._sites = sites
        self.stage = Stage()
        try:
            with db.connect(self.stage.cluster.dsn("postgres"), autocommit=True) as conn:
                for name, value in SETTINGS.items():
                    conn.execute(
                        sql.SQL("alter system set {} = {}").format(
                            sql.Identifier(name), sql.Literal(value)
                        )
                    )
            self.stage.cluster.stop()
            self.stage.cluster.start()
            # the template sets the password of PostgREST's log-in
            self.stage.drop(self.stage.copy())
        except BaseException:
            self.close()
            raise

    @cached_property
    def empty(self) -> Data:
        """For what is measured by writing."""
        return Data(self.stage, "bench_ingest", 0)

    @cached_property
    def keys(self) -> list[str]:
        """Of the sites in the empty one."""
        made = self.empty.world.rows(shell.text("many_sites.sql"), count=self._sites)
        return [row["public_key"] for row in made]

    @cached_property
    def small(self) -> Data:
        """A million events."""
        return Data(self.stage, "bench_small", self._events["small"])

    @cached_property
    def large(self) -> Data:
        """Ten times as many in as many days."""
        return Data(self.stage, "bench_large", self._events["large"])

    @cached_property
    def crowded(self) -> str:
        """A site with many cards, in the small one."""
        site = self.small.world.site("crowded").id
        self.small.world.member("crowded", "owner")
        self.small.world.rows(shell.text("many_cards.sql"), site=site, count=CARDS)
        self.small.world.rows("vacuum analyze app.calls, app.sessions")
        return site

    def close(self) -> None:
        for made in vars(self).values():
            if isinstance(made, Data):
                made.world.close()
        self.stage.close()
