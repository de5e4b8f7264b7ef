"""pgTAP under pytest: one item per assertion, whatever the file does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from pyctl import collector, config, tap
from tests.harness.stage import Stage

Run = Callable[..., pytest.RunResult]

CONFTEST = """
import os
from pyctl import collector

pytest_plugins = ["pyctl.collector"]

def pytest_configure(config):
    config.stash[collector.DSN] = lambda: os.environ["OPSMANTIK_TEST_DSN"]
"""


@pytest.fixture(scope="module")
def tap_dsn(stage: Stage) -> str:
    """An empty database with pgTAP and a table."""
    dsn = stage.create_database("tap_only")
    with psycopg.connect(dsn) as conn:
        conn.execute((config.REPO / "tests/harness/sql/pgtap.sql").read_bytes())
        conn.execute("create table public.kept (id integer)")
    return dsn


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tap_dsn: str) -> Run:
    """Runs pytest over one file, ``db/tests/it.sql``."""
    monkeypatch.setenv("OPSMANTIK_TEST_DSN", tap_dsn)
    pytester.makeconftest(CONFTEST)
    pytester.makeini("[pytest]\naddopts = -ra --strict-markers\n")

    def run(text: str, *arguments: str) -> pytest.RunResult:
        path = pytester.path / "db" / "tests" / "it.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return pytester.runpytest_inprocess("-v", *arguments, "db/tests")

    return run


def test_one_item_per_assertion_with_the_line_of_the_failing_one(run: Run) -> None:
    result = run(
        "begin;\n"
        "select plan(4);\n"
        "select ok(true, 'one');\n"
        "select\n    is(1, 2, 'two');\n"
        "select ok(n > 0, 'row ' || n) from generate_series(3, 4) as n;\n"
        "select * from finish();\n"
        "rollback;\n"
    )
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        ["*it.sql::3: row 3 PASSED*", "*it.sql:4: failed: two", "*have: 1", "*want: 2"]
    )


def test_death_keeps_what_was_before_and_names_what_was_not_reached(run: Run) -> None:
    result = run(
        "select plan(4);\n"
        "select ok(true, 'one');\n"
        "select ok(false, 'two');\n"
        "select\n  1 / 0;\n"
        "select ok(true, 'three');\n"
        "select ok(true, 'four');\n"
    )
    result.assert_outcomes(passed=1, failed=2, errors=2)
    result.stdout.fnmatch_lines(["*it.sql:4: died: file", "22012 division by zero"])
    result.stdout.fnmatch_lines(
        ["*it.sql::3: not reached*ERROR*", "*it.sql::4: not reached*ERROR*"]
    )


def test_death_has_the_line_of_the_error_and_counts_without_a_plan(run: Run) -> None:
    result = run("select no_plan();\nselect ok(true, 'one');\nselect 1,\n  nonsense;\n")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*it.sql:4: died: file", "42703 *nonsense*"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("select plan(2);\nselect ok(true, 'a');\n", "planned 2 assertions, ran 1"),
        ("select plan(1);\nselect ok(true, 'a');\nselect ok(true, 'b');\n", "planned 1*ran 2"),
        ("select no_plan();\n", "planned 0 assertions, ran 0"),
        ("select 1;\n", "the file has no plan*"),
        ("", "the file has no plan*"),
    ],
)
def test_broken_plan_fails(run: Run, text: str, said: str) -> None:
    result = run(text)
    result.assert_outcomes(failed=1, passed=text.count("ok("))
    result.stdout.fnmatch_lines([said])


def test_todo_is_expected_to_fail_and_skip_skips(run: Run) -> None:
    result = run(
        "select no_plan();\n"
        "select * from todo('later', 1);\n"
        "select ok(false, 'one');\n"
        "select * from todo('was later', 1);\n"
        "select ok(true, 'mended');\n"
        "select skip('not here', 1);\n"
    )
    # a TODO that passes is no TODO any more
    result.assert_outcomes(xfailed=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines(["*[[]XPASS(strict)[]]*was later*"])


@pytest.mark.parametrize("word", ["commit", "end", "rollback"])
def test_leaving_the_transaction_is_refused_before_anything_runs(
    run: Run, tap_dsn: str, word: str
) -> None:
    result = run(
        f"select plan(1);\ninsert into public.kept values (1);\n{word};\nselect ok(true, 'a');\n"
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*it.sql:3: died: file*", f"*'{word}' is refused*"])
    with psycopg.connect(tap_dsn) as conn:
        assert conn.execute("select count(*) from public.kept").fetchone() == (0,)


def test_nothing_is_kept_and_roles_can_be_changed(run: Run, tap_dsn: str) -> None:
    result = run(
        "select plan(2);\n"
        "insert into public.kept values (1);\n"
        "create role tap_anon;\n"
        "set local role tap_anon;\n"
        "select is(current_user::text, 'tap_anon', 'anon asks');\n"
        "select throws_ok('select * from public.kept', '42501', null, 'and is refused');\n"
    )
    result.assert_outcomes(passed=2)
    with psycopg.connect(tap_dsn) as conn:
        assert conn.execute("select count(*) from public.kept").fetchone() == (0,)


def test_collect_only_lists_the_assertions(run: Run) -> None:
    result = run("select plan(1);\nselect ok(true, 'the one');\n", "--collect-only")
    result.stdout.fnmatch_lines(["*<AssertionItem 1: the one>*"])
    assert result.ret == 0


def test_helpers_and_other_folders_are_not_collected(run: Run, pytester: pytest.Pytester) -> None:
    (pytester.path / "_helper.sql").write_text("select 1;")
    folder = pytester.path / "db" / "tests"
    folder.mkdir(parents=True)
    (folder / "_helper.sql").write_text("select 1;")
    run("select plan(1);\nselect ok(true, 'one');\n").assert_outcomes(passed=1)


def test_without_a_database_the_file_fails_and_others_go_on(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPSMANTIK_TEST_DSN")
    pytester.makepyfile(test_other="def test_other(): pass")
    result = run("select plan(1);\nselect ok(true, 'one');\n", "test_other.py")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["*no database to run in*"])


def test_who_would_wait_for_another_worker_runs_the_next_file(tmp_path: Path) -> None:
    first, second = tmp_path / "first.sql", tmp_path / "second.sql"
    begun, went_on = threading.Event(), threading.Event()
    ran: list[str] = []

    def slow(path: Path) -> list[tap.Result]:
        begun.set()
        ran.append(f"slow {path.stem}" if went_on.wait(60) else "waited in vain")
        return [tap.Result(1, path.stem, "ok", 1)]

    def quick(path: Path) -> list[tap.Result]:
        ran.append(f"quick {path.stem}")
        went_on.set()
        return [tap.Result(1, path.stem, "ok", 1)]

    one, other = collector.Share(tmp_path, slow), collector.Share(tmp_path, quick)
    one.files = other.files = [first, second]
    busy = threading.Thread(target=one.results, args=[first])
    busy.start()
    assert begun.wait(60)
    assert other.results(first)[0].name == "first"
    busy.join()
    assert other.results(second)[0].name == "second"
    assert ran == ["quick second", "slow first"]


def test_what_a_worker_left_unfinished_another_one_runs(tmp_path: Path) -> None:
    def dies(path: Path) -> list[tap.Result]:
        raise RuntimeError(path.name)

    with pytest.raises(RuntimeError):
        collector.Share(tmp_path, dies).results(tmp_path / "it.sql")
    made = [tap.Result(1, "one", "ok", 1, diag="said", skip="why")]
    assert collector.Share(tmp_path, lambda _: made).results(tmp_path / "it.sql") == made
