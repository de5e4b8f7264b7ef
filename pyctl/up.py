"""`pyctl up` and `pyctl down`: from a clone to everything running, and back. Safe to repeat."""

from __future__ import annotations

import contextlib
import fcntl
import secrets
from collections.abc import Callable, Iterator

import psycopg
from psycopg import sql

from pyctl import (
    clusterchecks,
    config,
    db,
    deploy,
    issuers,
    jobs,
    migrate,
    postgrest,
    rotation,
    secretfiles,
    seed,
    stack,
)
from pyctl import settings as declared
from pyctl.cluster import Cluster
from pyctl.config import DATABASE, Config
from pyctl.errors import OperatorError

Say = Callable[[str], None]


def up(settings: Config, say: Say, *, new_jwt_secret: bool = False) -> bool:
    """Start whatever is not running, in order; raises OperatorError where one step cannot.

    True when this is an installation with the demo, False among customers or without it.
    """
    with only_one(settings):
        stack.check_ports(settings)
        cluster = stack.cluster(settings)
        fresh = not cluster.exists()
        if new_jwt_secret:
            secretfiles.write(settings.secrets / "jwt.secret", secrets.token_urlsafe(48))
            say("secret      a new one; everybody signs in again")
        # before the cluster: then a cluster without its secret is a loss, never an interruption
        jwt_secret = secretfiles.jwt_secret(settings.secrets, may_make=fresh)
        password = secretfiles.authenticator_password(settings.secrets)
        postgrest.binary(settings.repo, settings.home)
        _start_cluster(cluster, fresh, say)
        config.remember_ports(settings, "OPSMANTIK_PG")
        _load(cluster, settings, say)
        with db.connect(cluster.dsn(DATABASE)) as connection:
            if not new_jwt_secret and rotation.catch_up(connection, settings.secrets):
                jwt_secret = secretfiles.jwt_secret(settings.secrets, may_make=False)
                say("secret      its change had been interrupted: the new one is in use")
            _hand_over(connection, jwt_secret, password)
            issuers.write_keys(connection, settings.secrets)
        _schedule(cluster, say)
        started = stack.start_postgrest(settings)
        config.remember_ports(settings, "OPSMANTIK_POSTGREST")
        say(f"PostgREST   {_word(started)} on {settings.postgrest_url}")
        started = stack.start_web(settings)
        config.remember_ports(settings, "OPSMANTIK_WEB")
        say(f"web         {_word(started)} on {settings.web_url}")
        if seed.has_customers(cluster.dsn(DATABASE)):
            say("demo        not seeded, there are customers' sites")
            return False
        if not declared.read().demo:
            say("demo        not seeded, OPSMANTIK_DEMO is no")
            return False
        seed.demo(cluster.dsn(DATABASE))
        say("demo        is there")
        return True


def welcome(settings: Config) -> str:
    """The demo's log-ins and what to try next, with this installation's addresses."""
    text = (settings.repo / "pyctl" / "seed" / "welcome.txt").read_text(encoding="utf-8")
    return text.format(
        web=settings.web_url,
        api=settings.postgrest_url,
        dsn=stack.cluster(settings).dsn(DATABASE),
    )


def down(settings: Config, say: Say) -> None:
    """Stop all of it, last started first. The data stays."""
    for service in (stack.web_service(settings), stack.postgrest_service(settings)):
        say(f"{service.name:<11} {'stopped' if service.stop() else 'was not running'}")
    cluster = stack.cluster(settings)
    running = cluster.exists() and cluster.is_running()
    cluster.stop()
    say(f"PostgreSQL  {'stopped' if running else 'was not running'}")


@contextlib.contextmanager
def only_one(settings: Config) -> Iterator[None]:
    """Two at once would both make the cluster."""
    try:
        settings.run_directory.mkdir(parents=True, exist_ok=True)
        lock = (settings.run_directory / "up.lock").open("w")
    except PermissionError as problem:
        raise OperatorError(
            f"{problem.filename} cannot be written by this user.",
            "Run this as the user who made it, or choose another place with OPSMANTIK_HOME.",
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OperatorError(
                "Another `pyctl up` or `down` is at work here.", "Wait for it to end."
            ) from None
        yield


def _start_cluster(cluster: Cluster, fresh: bool, say: Say) -> None:
    if fresh:
        clusterchecks.port_free(cluster.port, "PostgreSQL", "OPSMANTIK_PG_PORT")
        say("PostgreSQL  making a cluster")
        cluster.create()
    cluster.start(say=lambda text: say(f"PostgreSQL  {text}"))
    say(f"PostgreSQL  {cluster.version()} on port {cluster.port}")


def _load(cluster: Cluster, settings: Config, say: Say) -> None:
    with db.connect(cluster.dsn("postgres"), autocommit=True) as connection:
        known = connection.execute("select from pg_database where datname = %s", [DATABASE])
        if known.fetchone() is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
    dsn, source = cluster.dsn(DATABASE), settings.repo / "db"
    found = migrate.compare(dsn, source)
    if found["state_matches"] and found["code_matches"]:
        say("database    is as in db/")
        return
    try:
        done = deploy.deploy(dsn, source, revision=migrate.revision(source))
    except deploy.DeployError as error:
        raise OperatorError(
            error.sentence,
            f"{error.way_out}\nFor this demo, which loses its data by it: make down, "
            f"rm -r {cluster.data}, make up",
        ) from error
    say(f"database    {'loaded' if done.fresh else 'code replayed'} in {done.seconds:.1f} s")


def _hand_over(connection: db.Connection, jwt_secret: str, password: str) -> None:
    """Give the database what it shares with PostgREST: parameters and a hash, no plain text."""
    connection.execute("select ops.set_jwt_secret(%s)", [jwt_secret])
    hashed = connection.pgconn.encrypt_password(
        password.encode(), b"authenticator", b"scram-sha-256"
    )
    statement = sql.SQL("alter role authenticator password {}")
    connection.execute(statement.format(sql.Literal(hashed.decode())))


def _schedule(cluster: Cluster, say: Say) -> None:
    """Hand the jobs to pg_cron, and run now what is due: health must not begin as stale."""
    with db.connect(cluster.dsn(DATABASE), autocommit=True) as connection:
        if cluster.cron_database is None:
            say("jobs        pg_cron is not installed: let `pyctl jobs run --loop` run")
        else:
            try:
                connection.execute("create extension if not exists pg_cron")
                connection.execute("select ops.schedule_jobs()")
            except psycopg.Error as error:
                said = f"The jobs could not be scheduled: {db.describe(error)}"
                raise OperatorError(said, f"The server's log is {cluster.log}.") from error
            say("jobs        scheduled by pg_cron")
        for job in (job for job in jobs.listed(connection) if job["is_due"]):
            try:
                jobs.run_one(connection, job)
            except OperatorError as error:  # the rest can run all the same, and health tells it
                say(f"jobs        {error.sentence}")


def _word(started: bool) -> str:
    return "started" if started else "runs already"
