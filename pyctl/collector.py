"""pytest plugin: files under ``db/tests`` are pgTAP, one item per assertion.

A file is run when it is collected (only then is the number of its assertions known), in a
transaction of its own that is always rolled back. ``db/tests/README.md`` tells how to write one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pyctl import tap

# Where the files are run: a function, as a run without pgTAP files needs no database.
DSN = pytest.StashKey[Callable[[], str]]()
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


class SqlFile(pytest.File):
    """A pgTAP file."""

    def collect(self) -> Iterator[AssertionItem]:
        try:
            dsn = self.config.stash[DSN]()
        except Exception as error:  # no database: the file fails, other tests go on
            results = [tap.Result(0, "database", "died", 1, f"no database to run in: {error}")]
        else:
            results = tap.run_file(dsn, self.path)
        for result in results:
            yield AssertionItem.from_parent(self, name=result.title, result=result)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Takes ``*.sql`` under db/tests; names that begin with ``_`` are helpers, not tests."""
    under = parent.config.rootpath / FOLDER
    if file_path.suffix != ".sql" or file_path.name.startswith("_"):
        return None
    if not file_path.is_relative_to(under):
        return None
    return SqlFile.from_parent(parent, path=file_path)
