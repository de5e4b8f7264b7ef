"""Any event at all among good ones: its mates are stored, it is stored or kept, never a 5xx.

Short here; OPSMANTIK_TEST_FUZZ=<examples> makes it long (`make soak`).
"""

from __future__ import annotations

import json
import math
import os
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.harness.rest import Api
from tests.harness.world import World
from tests.http.visit import Visit, bad_rows, event, post, tap

LONG = os.environ.get("OPSMANTIK_TEST_FUZZ")
EXAMPLES = 20 * int(LONG or 2)
SEED = int(os.environ.get("OPSMANTIK_TEST_SEED") or (time.time_ns() if LONG else 0))
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=200)
    | st.sampled_from(["page", "conversion", "phone_call", "tel:05321112233", "\ud800", "\x00"])
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
)
FIELDS = st.sampled_from(["i", "g", "c", "a", "l", "v", "u", "m", "x"])
# A good event with some of its fields bent, or anything at all.
BENT = st.dictionaries(FIELDS, VALUES, max_size=4).map(lambda fields: {"BENT": fields})
POISON = BENT | VALUES
# Numbers that Python does not write.
RAW = st.sampled_from(
    [None, "1e400", "1e999999", "-1E+131071", "NaN", "Infinity", "01", "'x'", ","]
)


@pytest.mark.timeout(0 if LONG else 120)
def test_no_batch_mate_is_lost(api: Api, world: World) -> None:
    site = world.site("fuzzed")
    world.site("fuzzed", events_per_minute=1000000)

    @seed(SEED)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(poison=POISON, raw=RAW, where=st.integers(0, 2))
    def one(poison: Any, raw: str | None, where: int) -> None:
        world.rows("truncate ops.rate_buckets, ops.bad_rows, ops.bad_row_usage")
        if isinstance(poison, dict) and "BENT" in poison:
            poison = event(i=3) | poison["BENT"]
        visit = Visit(site)
        good = [event(i=1), tap(i=2)]
        body = json.dumps(visit.batch(*good[:where], {"x": "POISON"}, *good[where:]))
        try:
            text = json.dumps(poison, allow_nan=True)
        except (ValueError, UnicodeError):
            text = "null"
        if raw and isinstance(poison, dict):
            text = text[:-1] + (", " if poison else "") + f'"v": {raw}' + "}"
        answer = post(api, site, body.replace('{"x": "POISON"}', text))
        assert answer.status_code in (200, 202), (answer.text, text)
        said = answer.json()
        whole = math.fsum(said[part] for part in ("accepted", "duplicates", "rejected"))
        stored = {row["id"] for row in events(visit)}
        if said["status"] == "kept":
            # What nobody can read as a list at all is kept in one piece.
            assert bad_rows(world, site)[0]["payload"], text
        else:
            assert {1, 2} <= stored, (text, said)
            assert whole == 3, (text, said)
            assert len(visit.cards(world)) == 1, text
        if said["rejected"]:
            assert bad_rows(world, site), text

    def events(visit: Visit) -> list[dict[str, Any]]:
        query = "select id from app.events where site_id = %(s)s and session_id = %(v)s"
        return world.rows(query, s=site.id, v=visit.session)

    one()
