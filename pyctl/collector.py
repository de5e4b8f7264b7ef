"""pytest plugin: files under ``db/tests`` are pgTAP, one item per assertion.

A file is run when it is collected (only then is the number of its assertions known), in a
transaction of its own that is always rolled back. ``db/tests/README.md`` tells how to write one.
Workers of pytest-xdist, who must all collect the same, share the files: each is run by one of them.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import shutil
import tempfile
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pyctl import tap

# Where the files are run: a function, as a run without pgTAP files needs no database.
DSN = pytest.StashKey[Callable[[], str]]()
# Workers (pytest-xdist) find each other's results in a folder that the controller makes.
SHARED = pytest.StashKey[Path]()
SHARE = pytest.StashKey["Share"]()
INPUT = "pgtap_folder"
FOLDER = "db/tests"


class AssertionItem(pytest.Item):
    """One assertion; it has already happened, this tells how it ended."""

    def __init__(self, *, result: tap.Result, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.result = result
        if result.todo is not None:
            self.add_marker(pytest.mark.xfail(reason=result.todo, strict=True))

    def setup(self) -> None:
        """What the file never came to is an error, not a failure."""
        if self.result.outcome == "not reached":
            raise NotReachedError(self.result)

    def runtest(self) -> None:
        if self.result.skip is not None:
            pytest.skip(self.result.skip)
        if self.result.outcome != "ok":
            raise FailedError(self.result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, FailedError | NotReachedError):
            place = f"{self.path}:{self.result.line}"
            return (
                f"{place}: {self.result.outcome}: {self.result.name}\n{self.result.diag}".rstrip()
            )
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.result.line - 1, self.name


class FailedError(Exception):
    """The assertion said "not ok", the file died here, or its plan was not kept."""


class NotReachedError(Exception):
    """The file died before this assertion."""


class Share:
    """The part of one worker in the files of a run."""

    def __init__(self, folder: Path, run: Callable[[Path], list[tap.Result]]) -> None:
        self.folder = folder
        self.run = run
        self.files: list[Path] = []

    def results(self, path: Path) -> list[tap.Result]:
        """Those of the file, whoever ran it; runs others while somebody else is at it."""
        note = self._note(path)
        if not self._take(path):
            for other in self.files:
                if note.exists():
                    break
                self._take(other)
            self._take(path, wait=True)
        return [tap.Result(**each) for each in json.loads(note.read_text())]

    def _note(self, path: Path) -> Path:
        return self.folder / urllib.parse.quote(str(path), safe="")

    def _take(self, path: Path, *, wait: bool = False) -> bool:
        """Runs the file unless it was; False when somebody does so just now.

        The lock of a worker that died is free again, and there is no note then.
        """
        note = self._note(path)
        with note.with_name(note.name + ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                return False
            if not note.exists():
                text = json.dumps([dataclasses.asdict(result) for result in self.run(path)])
                note.with_name(note.name + ".new").write_text(text)
                note.with_name(note.name + ".new").replace(note)
            return True


class SqlFile(pytest.File):
    """A pgTAP file."""

    def collect(self) -> Iterator[AssertionItem]:
        share = self.config.stash.get(SHARE, None)
        results = share.results(self.path) if share else _run(self.config, self.path)
        for result in results:
            yield AssertionItem.from_parent(self, name=result.title, result=result)


def _run(config: pytest.Config, path: Path) -> list[tap.Result]:
    try:
        dsn = config.stash[DSN]()
    except Exception as error:  # no database: the file fails, other tests go on
        return [tap.Result(0, "database", "died", 1, f"no database to run in: {error}")]
    return tap.run_file(dsn, path)


def pytest_configure(config: pytest.Config) -> None:
    """A worker takes part in what the others run."""
    if said := getattr(config, "workerinput", None):
        config.stash[SHARE] = Share(Path(said[INPUT]), lambda path: _run(config, path))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker of pytest-xdist, before it starts, where the results are."""
    stash = node.config.stash
    if SHARED not in stash:
        stash[SHARED] = Path(tempfile.mkdtemp(prefix="opsm-pgtap-"))
    node.workerinput[INPUT] = str(stash[SHARED])


def pytest_unconfigure(config: pytest.Config) -> None:
    """The controller, who ends last, removes the folder."""
    if SHARED in config.stash:
        shutil.rmtree(config.stash[SHARED], ignore_errors=True)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Takes ``*.sql`` under db/tests; names that begin with ``_`` are helpers, not tests."""
    under = parent.config.rootpath / FOLDER
    if file_path.suffix != ".sql" or file_path.name.startswith("_"):
        return None
    if not file_path.is_relative_to(under):
        return None
    if share := parent.config.stash.get(SHARE, None):
        share.files.append(file_path)
    return SqlFile.from_parent(parent, path=file_path)
