"""What is measured, and what it must reach: the table of docs/explanation/performance.md.

A measure is a list of alternatives that are run in turns, round after round, so that the noise of
the machine meets all of them alike; the figure is the median over the rounds.
"""

from __future__ import annotations

import itertools
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bench import shell
from bench.stage import DAYS, Bench, Data
from tests.harness.rest import Api

ZONE = ZoneInfo("Europe/Istanbul")
STORED = "select count(*) from app.events"
BUSY = (
    "select count(*) from pg_stat_activity where usename = 'authenticator'"
    " and datname = current_database() and state <> 'idle'"
)


_seeds = itertools.count(1)


@dataclass(frozen=True)
class Result:
    """One line of bench/results.json, and how far the rounds lay apart."""

    measure: str
    value: float
    unit: str
    limit: float | None
    ok: bool | None
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True)
class Effort:
    """How long and how often."""

    seconds: float
    rounds: int


def in_turns(effort: Effort, *runs: Callable[[int], float]) -> list[list[float]]:
    """The figures of each run; before they count, each has warmed its connections up."""
    for run in runs:
        run(-1)
    figures: list[list[float]] = [[] for _ in runs]
    for number in range(effort.rounds):
        for place, run in enumerate(runs):
            figures[place].append(run(number))
    return figures


def ratio(
    name: str, ours: list[float], theirs: list[float], limit: float, *, most: bool = False
) -> Result:
    """Ours to theirs, round by round; ``most``: the limit is an upper one."""
    each = [one / other for one, other in zip(ours, theirs, strict=True)]
    value = statistics.median(each)
    note = f"{statistics.median(ours):.4g} against {statistics.median(theirs):.4g}"
    ok = value <= limit if most else value >= limit
    return Result(name, value, "x", limit, ok, min(each), max(each), note)


def at_most(name: str, figures: list[float], unit: str, limit: float, note: str = "") -> Result:
    """A figure that may not grow beyond the limit."""
    value = statistics.median(figures)
    return Result(name, value, unit, limit, value <= limit, min(figures), max(figures), note)


def _stored(data: Data) -> int:
    """Events in the database once nothing is under way: wrk hangs up, PostgREST goes on."""
    while data.world.value(BUSY):
        time.sleep(0.05)
    return int(data.world.value(STORED))


def _sync(data: Data, keys: list[str], effort: Effort, size: int) -> Callable[[int], float]:
    """Batches a second, each of which is checked to be stored."""

    def run(_: int) -> float:
        before = _stored(data)
        # never one twice: its events would all be there already
        seed = str(next(_seeds))
        done = shell.wrk(
            data.rest.url,
            "sync.lua",
            effort.seconds,
            shell.CONNECTIONS,
            "/rpc/sync",
            str(size),
            seed,
            *keys,
        )
        stored = _stored(data) - before
        # what was under way when wrk hung up is stored and not acknowledged
        in_flight = shell.CONNECTIONS * size
        if not done.acknowledged <= stored <= done.acknowledged + in_flight:
            raise AssertionError(f"{done.acknowledged} events acknowledged, {stored} stored")
        return done.rate

    return run


def ingest(bench: Bench, effort: Effort) -> Iterator[Result]:
    """``sync`` over HTTP."""
    data = bench.empty

    def nothing(_: int) -> float:
        # the same script: batches of one event, made and sent alike
        path = "/rpc/bench_nothing"
        arguments = (path, "1", str(next(_seeds)), bench.keys[0])
        return shell.wrk(
            data.rest.url, "sync.lua", effort.seconds, shell.CONNECTIONS, *arguments
        ).rate

    one, no_op, twenty = in_turns(
        effort,
        _sync(data, bench.keys[:1], effort, 1),
        nothing,
        _sync(data, bench.keys[:1], effort, 20),
    )
    yield ratio("sync, one event a request, to a no-op RPC (requests/s)", one, no_op, 0.4)
    yield ratio("sync, 20 events a request, to one (events/s)", [20 * n for n in twenty], one, 14)
    alone, spread = in_turns(
        effort, _sync(data, bench.keys[:1], effort, 1), _sync(data, bench.keys, effort, 1)
    )
    yield ratio("one site hammered, to many sites (requests/s)", alone, spread, 0.9)


def direct(bench: Bench, effort: Effort) -> Iterator[Result]:
    """``api.sync`` without HTTP."""
    data = bench.empty
    # more than can be taken in: a turn without a batch would be counted as one
    count = int((effort.seconds + shell.WARM_UP) * (effort.rounds + 1) * 6000)
    data.world.rows(shell.text("bodies.sql"))
    data.world.rows(shell.text("fill_bodies.sql"), key=bench.keys[1], count=count)
    where = (str(bench.stage.cluster.sockets), bench.stage.cluster.port, data.name)
    site = {"site": str(data.world.value("select id from app.sites limit 1"))}

    def sync(_: int) -> float:
        before = data.world.value(STORED)
        rate, sent = shell.pgbench(where, "direct_sync.sql", effort.seconds, {}, "-c role=anon")
        stored = data.world.value(STORED) - before
        if stored != sent:
            raise AssertionError(f"{sent} batches of one event sent, {stored} events stored")
        return rate

    def insert(_: int) -> float:
        return shell.pgbench(where, "direct_insert.sql", effort.seconds, site)[0]

    ours, plain = in_turns(effort, sync, insert)
    yield ratio("api.sync called directly, to a plain insert (1/s)", ours, plain, 0.25)


def _ask(
    data: Data, name: str, body: dict[str, Any], effort: Effort, token: str
) -> Callable[[int], float]:
    def run(_: int) -> float:
        return shell.wrk(
            data.rest.url, "read.lua", effort.seconds, 1, f"/rpc/{name}", token, json.dumps(body)
        ).median_ms

    return run


def dashboard(bench: Bench, effort: Effort) -> Iterator[Result]:
    """What the dashboard asks, thirty days to this minute, one question at a time."""
    both = bench.small, bench.large  # loaded before it is asked what time it is
    dimensions = both[0].world.value("select app.stats_dimensions()")
    until = datetime.now(ZONE)
    midnight = until.replace(hour=0, minute=0, second=0, microsecond=0)
    span = {"since": (midnight - timedelta(days=DAYS - 1)).isoformat(), "until": until.isoformat()}
    questions: list[tuple[str, dict[str, str]]] = [
        ("dashboard_stats", {}),
        ("dashboard_timeline", {}),
        *(("dashboard_breakdown", {"dimension": one}) for one in dimensions),
    ]
    for name, extra in questions:
        small, large = in_turns(
            effort,
            *(
                _ask(data, name, {"site_id": data.site, **span, **extra}, effort, data.token)
                for data in both
            ),
        )
        label = " ".join([name, *extra.values()])
        yield at_most(f"{label}, {both[0].events:,} events", small, "ms", 15)
        yield ratio(f"{label}, {both[1].events:,} events to that", large, small, 1.5, most=True)


def pages(bench: Bench, effort: Effort) -> Iterator[Result]:
    """Lists, and the hint to refetch."""
    small, large, crowded = bench.small, bench.large, bench.crowded
    crowd = small.world.owner("crowded").token
    inbox, tail = in_turns(
        effort,
        _ask(small, "recent_intents", {"site_id": crowded}, effort, crowd),
        _ask(small, "recent_intents", {"site_id": crowded, "ads_only": True}, effort, crowd),
    )
    yield at_most("recent_intents, 50 of 100,000 cards", inbox, "ms", 10)
    yield at_most("recent_intents, ads_only", tail, "ms", 10)
    visit = large.world.value(
        "select id from app.sessions where event_count > 5 order by created_at desc limit 1"
    )
    ask = {"site_id": large.site, "session_id": str(visit)}
    (timeline,) = in_turns(effort, _ask(large, "session_timeline", ask, effort, large.token))
    yield at_most("session_timeline", timeline, "ms", 10)

    def rate(name: str, **more: str) -> Callable[[int], float]:
        body = json.dumps({"site_id": large.site, **more})
        arguments = (f"/rpc/{name}", large.token, body)
        return lambda _: (
            shell.wrk(
                large.rest.url, "read.lua", effort.seconds, shell.CONNECTIONS, *arguments
            ).rate
        )

    # as a dashboard asks again and again: with the cursor of its last answer
    first = {"site_id": large.site}
    cursor = Api(large.rest.url).call("pulse", first, token=large.token).json()[0]["cursor"]
    pulse, nobody = in_turns(effort, rate("pulse", since=cursor), rate("bench_nobody"))
    yield ratio("pulse, to an authenticated no-op (requests/s)", pulse, nobody, 0.6)


def rls(bench: Bench, effort: Effort) -> Iterator[Result]:
    """A count over a day of visits, as its owner and past the policies."""
    data = bench.large
    where = (str(bench.stage.cluster.sockets), bench.stage.cluster.port, data.name)
    since = (datetime.now(ZONE) - timedelta(days=3)).replace(hour=0, minute=0, second=0)
    asked = {"site": data.site, "since": since.isoformat()}
    claims = json.dumps(
        {"iss": "opsmantik", "sub": data.owner, "role": "authenticated"}, separators=(",", ":")
    )

    def run(options: str) -> Callable[[int], float]:
        def milliseconds(_number: int) -> float:
            rate, _ = shell.pgbench(
                where, "visits_of_a_day.sql", effort.seconds, asked, options, connections=1
            )
            return 1000 / rate

        return milliseconds

    owner, past = in_turns(
        effort, run(f"-c role=authenticated -c request.jwt.claims={claims}"), run("")
    )
    yield ratio(
        "a day's visits counted by their owner, to without RLS", owner, past, 1.2, most=True
    )


def size(bench: Bench, _: Effort) -> Iterator[Result]:
    """Bytes on disk, and how fast the data came in."""
    data = bench.large
    stored = data.world.value(STORED)  # what the day has yet to bring is not
    disk = data.world.value(
        "select sum(pg_total_relation_size(inhrelid)) from pg_inherits"
        " where inhparent = 'app.events'::regclass"
    )
    yield at_most("bytes per event with all indexes", [float(disk / stored)], "B", 300)
    rate = stored / data.load_seconds
    yield Result("seed load", rate, "events/s", 50_000, rate >= 50_000, rate, rate)
    rate = stored / data.roll_seconds
    yield Result("roll_stats catching up", rate, "events/s", None, None, rate, rate)


MEASURES = {
    "ingest": ingest,
    "direct": direct,
    "dashboard": dashboard,
    "pages": pages,
    "rls": rls,
    "size": size,
}
