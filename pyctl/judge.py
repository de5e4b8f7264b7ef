"""Judging: do the steps lead to the source, is a live database what the source says."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from pyctl import catalogue, db, deploy, locks, shadow, source, squawk, steps
from pyctl.deploy import Say
from pyctl.errors import OperatorError

LEDGER = "schema/79_migrations.sql"


def plan(dsn: str, root: Path) -> dict[str, Any]:
    """What ``apply`` would do; raises what it would raise before touching anything."""
    found = steps.read(root)
    with db.connect(dsn, autocommit=True) as conn:
        fresh = deploy.is_empty(conn)
        todo = [] if fresh else steps.pending(found, steps.ledger(conn))
        last = {} if fresh else steps.last_deploy(conn) or {}
    steps.looked_at(todo)
    same_state = fresh or last.get("state_checksum") == source.checksum(root, code=False)
    same_state = same_state or bool(last.get("is_interrupted"))
    refused, way_out = "", ""
    if not (todo or same_state):
        refused = "db/schema differs, and no pending step says how."
        way_out = "pyctl migrate draft NAME writes a step."
    if not steps.in_one_go(todo):
        refused = "A step outside the transaction comes after pending ones."
        way_out = "Deploy the release in between first; or, with nobody at work: apply --in-legs."
    order = sorted(todo, key=lambda step: not step.outside) if steps.in_one_go(todo) else todo
    return {
        "fresh": fresh,
        "refused": refused,
        "way_out": way_out,
        "code": last.get("code_checksum") == source.checksum(root, code=True),
        "steps": [
            {
                "step": step.title,
                "outside": step.outside,
                "superuser": step.superuser,
                "statements": [statement.text for statement in step.statements],
                "reasons": step.reasons,
            }
            for step in order
        ],
    }


def check(server: shadow.Server, root: Path, say: Say) -> dict[str, Any]:
    """Findings about the steps, and every difference between both ways to the source."""
    found = steps.read(root)
    findings = [
        f"{step.path.name}:{line}: still says '{steps.LOOK}': look, then delete the mark"
        for step in found
        for line in step.looks
    ]
    findings += squawk.unexplained(found)
    with server.database() as upgraded, server.database() as fresh:
        say("one database from the released state, then the steps and the code")
        released = shadow.deploy_baseline(upgraded, root)
        if found and not released:
            raise OperatorError(
                "There are steps, but nothing they would start from.",
                "pyctl migrate release freezes the first release, before the first step.",
            )
        clean = [step for step in found if not step.looks]
        if len(clean) == len(found):
            deploy.deploy(upgraded, root, in_legs=True)
            # read before the other is made: roles belong to both
            left = catalogue.of_shadow(upgraded)
            server.forget_roles()
            say("one from the source")
            deploy.deploy(fresh, root)
            right = catalogue.of_shadow(fresh)
            findings += [one.text("steps", "source") for one in catalogue.differences(left, right)]
        else:
            right = {}
    return {"findings": findings, "objects": len(right), "steps": len(found)}


def drift(dsn: str, server: shadow.Server, root: Path) -> list[catalogue.Difference]:
    """What the live database has otherwise than the source."""
    with db.connect(dsn, autocommit=True) as conn:
        if deploy.is_empty(conn):
            raise OperatorError(
                "Nothing was deployed here yet: all of it would differ.",
                "pyctl migrate apply loads it.",
            )
    live = catalogue.of(dsn)
    with server.database() as fresh:
        deploy.deploy(fresh, root)
        return catalogue.drift(live, catalogue.of(fresh))


def take_over(dsn: str, server: shadow.Server, root: Path, revision: str | None) -> int:
    """Writes the ledger of a database whose state is the source's; gives the number of steps."""
    found = steps.read(root)
    steps.looked_at(found)
    with (
        server.database() as fresh,
        db.connect(dsn, autocommit=True, name="pyctl baseline") as conn,
        conn.transaction(),
    ):
        held = locks.try_deploy_lock(conn)
        if held is not None:
            raise OperatorError(held)
        if deploy.is_empty(conn):
            raise OperatorError(
                "There is no table ops.deploys: nothing of ours stands here.",
                "Load it: pyctl migrate apply",
            )
        if steps.last_deploy(conn):
            raise OperatorError("This database has its ledger already.", "pyctl migrate status")
        todo = steps.pending(found, steps.ledger(conn))
        deploy.deploy(fresh, root)
        wanted = catalogue.of(fresh)
        live = catalogue.read(conn)
        differing = catalogue.of_state(catalogue.drift(live, wanted), wanted)
        if differing:
            texts = "\n".join(one.text("live", "source") for one in differing)
            raise OperatorError(
                f"Its state is not the source's:\n{texts}",
                "Nothing was changed. Mend these by hand, or take it over with its own source.",
            )
        for step in todo:
            steps.record(conn, step, "contained")
        state = source.checksum(root, code=False)
        arguments = {"state": state, "code": f"taken over {time.time():.0f}", "revision": revision}
        conn.execute(db.query("record_deploy"), arguments)
        conn.execute("select pg_advisory_unlock(%s, %s)", locks.DEPLOY_KEY)
    return len(todo)
