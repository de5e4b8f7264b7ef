"""``pyctl docs``: writes docs/reference from the catalogue's comments and from the commands."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.main

from pyctl import config, curls, db, lint, output, target
from pyctl.errors import OperatorError

REFERENCE = config.REPO / "docs" / "reference"
ERRORS = REFERENCE / "errors.md"
WRITTEN = (
    "<!-- Written by `pyctl docs` (make docs). Change the comments in db/ or the commands. -->"
)

_LITERAL = re.compile(r"'([a-z]+(?:_[a-z]+)*)'")
_WRITE = re.compile(r"\b(?:insert into|update|delete from) (app|access|ops)\.([a-z_]+)")
_ROLES = re.compile(r"\brequire_role\(([^;]+);")
_CALL = re.compile(r"\b((?:app|access|ops|api)\.\"?[a-z_.]+\"?)\s*\(")
# a long one goes on behind a backslash, as in a shell
_EXAMPLE = re.compile(r"^\s*(?:Example: )?(pyctl (?:[^`\\\n]|\\\n)+)$", re.MULTILINE)
_LISTED = re.compile(r"^\| `([a-z_]+)` \| (\d{3}) \|", re.MULTILINE)


def _reached(name: str, texts: dict[str, str]) -> set[str]:
    """The function, all that it calls, and the triggers of what it writes."""
    found, todo = set(), [name]
    while todo:
        one = todo.pop()
        if one in found or one not in texts:
            continue
        found.add(one)
        todo += [
            trigger
            for _, table in _WRITE.findall(texts[one])
            for trigger in texts
            if trigger.partition(".")[2].startswith(f"tg_{table}__")
        ]
        todo += [called.replace('"', "") for called in _CALL.findall(texts[one])]
    return found


def errors_of(name: str, texts: dict[str, str], listed: dict[str, int]) -> list[tuple[int, str]]:
    """Status and code of each error that a function of schema api can answer, from its source."""
    codes: set[str] = set()
    for one in _reached(f"api.{name}", texts):
        codes |= set(_LITERAL.findall(texts[one]))
        for call in _ROLES.findall(texts[one]):
            codes |= {f"{role}_required" for role in _LITERAL.findall(call)}
    found = {(listed[code], code) for code in codes if listed.get(code, 200) >= 400}
    return sorted(found)


def listed_errors() -> dict[str, int]:
    """The codes of errors.md with their status."""
    return {code: int(http) for code, http in _LISTED.findall(ERRORS.read_text("utf-8"))}


def _cells(*texts: Any) -> str:
    each = [re.sub(r"\s+", " ", str(text)).replace("|", "\\|") for text in texts]
    return "| " + " | ".join(each) + " |"


def _table(*headings: str) -> Iterator[str]:
    yield ""
    yield _cells(*headings)
    yield "|" + "---|" * len(headings)


def _prose(comment: str | None) -> Iterator[str]:
    yield ""
    yield (comment or "").strip()


def _function(row: dict[str, Any], errors: list[tuple[int, str]]) -> Iterator[str]:
    yield ""
    yield f"## {row['name']}"
    yield from _prose(row["comment"])
    yield ""
    yield "- " + ("Reads: GET or POST." if row["reads"] else "Writes: POST only.")
    yield f"- Who may call it: {', '.join(f'`{role}`' for role in row['roles'])}."
    if row["arguments"]:
        yield from _table("argument", "type", "default")
        for one in row["arguments"]:
            said = "" if one["default"] is None else f"`{one['default']}`"
            name = f"`{one['name']}`" if one["name"] else "(the whole body)"
            yield _cells(name, one["type"], said)
    columns = row["columns"] or row["fields"]
    yield ""
    if columns:
        many = "Rows of" if row["how_many"] == "rows" else "One object of"
        yield f"{many}: " + ", ".join(f"`{one['name']}` {one['type']}" for one in columns) + "."
    else:
        result = row["result"].replace("SETOF ", "")
        yield "Answers nothing." if result == "void" else f"Answers {result}."
    if errors:
        yield ""
        yield "Errors: " + ", ".join(f"{http} `{code}`" for http, code in errors) + "."
    yield ""
    yield "```sh"
    yield curls.command(row)
    yield "```"
    yield ""
    yield f"Answers {curls.status(row)}."


RPC_HEAD = """\
Every function of schema `api`: `POST /rpc/<name>` with a JSON object of arguments, or GET with a
query where it reads. `$API` is PostgREST's address; `$TOKEN` the `access_token` of `login`. The
other words with `$` are ids and versions, as the lists answer them. `anon` is a request without a
token.

What stands in the columns: [words.md](words.md). What an error means: [errors.md](errors.md).
With a bad token every function answers 401
(`token_missing`, `token_incomplete`, `token_expired`, `token_not_yet_valid`, `token_revoked`,
`login_ended`, `issuer_not_allowed`). Errors that say `409` come with the current row where the
function answers one. `tests/docs/test_reference.py` runs every curl of this page."""
CLI_HEAD = """\
Exit codes: 0 fine, 1 found something wrong, 2 used wrongly. `--dsn` is everywhere the database, by
default the cluster of `pyctl up`. `pyctl --install-completion` completes commands in your shell."""
TABLES_HEAD = "For those who work on the database itself. Nobody of the web reaches them."
VIEWS_HEAD = "For analysts by SQL: [how to ask them](../how-to/query.md)."


def rpc(conn: db.Connection) -> str:
    """The functions, each with one curl that a test runs."""
    rows = db.rows(conn, "docs_functions")
    texts = {row["name"]: row["text"] for row in db.rows(conn, "docs_sources")}
    listed = listed_errors()
    lines = [WRITTEN, "", "# Functions", "", RPC_HEAD, ""]
    lines += [f"[{row['name']}](#{row['name'].replace('.', '')})" for row in rows]
    for row in rows:
        lines += _function(row, errors_of(row["name"], texts, listed))
    return "\n".join(lines) + "\n"


def relations(conn: db.Connection, kind: str, head: str) -> str:
    """The tables, or the views."""
    lines = [WRITTEN, "", f"# {kind.capitalize()}s", "", head]
    for row in db.rows(conn, "docs_relations"):
        if row["kind"] != kind:
            continue
        lines += ["", f"## {row['schema']}.{row['name']}", *_prose(row["comment"])]
        lines += _table("column", "type", "meaning")
        for one in row["columns"]:
            required = ", required" if one["is_required"] and kind == "table" else ""
            lines.append(_cells(f"`{one['name']}`", one["type"] + required, one["comment"] or ""))
        for name, text in (("Keys", row["keys"]), ("Points to", row["foreign_keys"])):
            if text:
                lines += ["", f"{name}: {text}."]
    return "\n".join(lines) + "\n"


def commands(app: typer.Typer) -> str:
    """Every command with its help, arguments, options and examples."""
    lines = [WRITTEN, "", "# Commands", "", CLI_HEAD]
    for path, command in walk(typer.main.get_command(app), ()):
        if hasattr(command, "commands") and path:
            lines += ["", f"## pyctl {' '.join(path)}", "", _plain(command.help)]
        elif path:
            lines += _command(path, command)
        else:
            lines += ["", _plain(command.help), *_parameters(command)]
    return "\n".join(lines) + "\n"


def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The command and all under it, in order of their names."""
    yield path, command
    for name in sorted(getattr(command, "commands", {})):
        yield from walk(command.commands[name], (*path, name))


def examples(command: Any) -> list[str]:
    """The command lines in a command's help."""
    return [
        " ".join(one.replace("\\\n", " ").split()) for one in _EXAMPLE.findall(command.help or "")
    ]


def _plain(text: str | None) -> str:
    kept = re.sub(r"^\s*Examples?:\s*$", "", _EXAMPLE.sub("", text or ""), flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", kept).strip()


def _command(path: tuple[str, ...], command: Any) -> Iterator[str]:
    words = [f"pyctl {' '.join(path)}"]
    for one in command.params:
        if one.param_type_name == "argument":
            name = (one.metavar or one.name).upper() + ("..." if one.nargs == -1 else "")
            words.append(name if one.required else f"[{name}]")
    yield ""
    yield f"### {' '.join(words)}"
    yield from _prose(_plain(command.help))
    yield from _parameters(command)
    said = examples(command)
    if said:
        yield from ("", "```sh", *said, "```")


def _parameters(command: Any) -> Iterator[str]:
    kept = [
        one
        for one in command.params
        if one.name not in ("dsn", "help", "install_completion", "show_completion")
    ]
    if not kept:
        return
    yield from _table("", "")
    for one in kept:
        name = "/".join(one.opts) if one.param_type_name == "option" else one.name.upper()
        default = one.default
        shown = isinstance(default, str | int | float) and not isinstance(default, bool)
        said = f" Default: {default}." if shown and default != "" else ""
        yield _cells(f"`{name}`", f"{one.help or ''}{said}".strip())


def pages(conn: db.Connection, app: typer.Typer) -> dict[Path, str]:
    """Each page that is written, with its text."""
    return {
        REFERENCE / "rpc.md": rpc(conn),
        REFERENCE / "tables.md": relations(conn, "table", TABLES_HEAD),
        REFERENCE / "views.md": relations(conn, "view", VIEWS_HEAD),
        REFERENCE / "cli.md": commands(app),
    }


def differences(wanted: dict[Path, str]) -> list[str]:
    """Where the pages on disk differ, as lines of a diff."""
    found: list[str] = []
    for path, text in wanted.items():
        there = path.read_text("utf-8") if path.exists() else ""
        name = str(path.relative_to(config.REPO))
        found += difflib.unified_diff(
            there.splitlines(), text.splitlines(), name, "as it should be", lineterm="", n=0
        )
    return found


def docs(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 where a page differs.")
    ] = False,
) -> None:
    """Write docs/reference (rpc, tables, views, cli) from the source's comments and commands.

    Example: pyctl docs --check
    """
    from pyctl.cli import app  # it has this very command

    with lint.scratch_database(target.SOURCE) as dsn, db.connect(dsn) as conn:
        wanted = pages(conn, app)
    if not check:
        for path, text in wanted.items():
            path.write_text(text, "utf-8")
            output.say(f"written: {path.relative_to(config.REPO)}")
        return
    found = differences(wanted)
    if found:
        raise OperatorError("\n".join(found), "Write them anew: pyctl docs")
    output.say("the reference is as the source")
