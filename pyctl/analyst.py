"""``pyctl analyst``: logins that read schema reporting by direct SQL."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer
from psycopg import sql

from pyctl import acts, completion, db, output, target
from pyctl.errors import OperatorError

app = typer.Typer(
    no_args_is_help=True, help="Logins that read schema reporting by direct SQL (docs/how-to)."
)

# A schema of the same name is made: nothing that is one already, or that is quoted.
_LOGIN = re.compile(r"[a-z][a-z0-9_]{2,40}")
_MIN_PASSWORD = 12
# What one login may use up. The first two are hard: only a superuser may change them.
CONNECTIONS = 4
_SETTINGS = {
    "temp_file_limit": "2GB",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
    "work_mem": "32MB",
    "default_transaction_read_only": "on",
    # so that a bounded month leaves out the other months on both sides of a join
    "enable_partitionwise_join": "on",
}

Login = Annotated[str, typer.Argument(help="Name of the database login.", show_default=False)]
Sites = Annotated[
    list[str],
    typer.Argument(
        help="Sites, each by id, domain or name.",
        show_default=False,
        autocompletion=completion.sites,
    ),
]


def listed(conn: db.Connection, login: str | None = None) -> list[dict[str, Any]]:
    """The logins of group analyst, with the sites each sees."""
    return db.rows(conn, "analysts", login=login)


def _find(conn: db.Connection, login: str) -> dict[str, Any]:
    found = listed(conn, login)
    if not found or found[0]["person"] is None:
        raise OperatorError(
            f"{login} is no analyst here.", "`pyctl analyst list` says who is.", exit_code=2
        )
    return found[0]


def _hashed(conn: db.Connection, login: str, password: str) -> sql.Literal:
    """As the server stores it: what is sent, and perhaps logged, is not the password."""
    hashed = conn.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256")
    return sql.Literal(hashed.decode())


def make(conn: db.Connection, login: str, password: str, email: str, name: str | None) -> str:
    """Makes login, schema and identity in the caller's transaction; gives the person's id.

    Raises:
        OperatorError: the name can't be one, or is taken.
    """
    if not _LOGIN.fullmatch(login) or login.startswith("pg_"):
        raise OperatorError(
            f"{login!r} can't be a login: 3 to 41 lower-case letters, digits and underscores.",
            exit_code=2,
        )
    taken = conn.execute("select to_regrole(%s), to_regnamespace(%s)", [login, login]).fetchone()
    if taken and any(taken):
        what = "role" if taken[0] else "schema"
        raise OperatorError(f"There is a {what} {login} already.", "Choose another name.")
    role = sql.Identifier(login)
    conn.execute(
        sql.SQL("create role {} login in role analyst connection limit {} password {}").format(
            role, sql.Literal(CONNECTIONS), _hashed(conn, login, password)
        )
    )
    for setting, value in _SETTINGS.items():
        conn.execute(
            sql.SQL("alter role {} set {} = {}").format(
                role, sql.Identifier(setting), sql.Literal(value)
            )
        )
    conn.execute(sql.SQL('alter role {} set search_path = "$user", reporting').format(role))
    # Not theirs: who owns a schema could let others into it, and into functions that they run.
    conn.execute(sql.SQL("create schema {}").format(role))
    conn.execute(sql.SQL("grant usage, create on schema {} to {}").format(role, role))
    linked = acts.do(conn, "link_analyst", login=login, email=email, name=name)
    return str(linked[0]["person"])


@app.command()
def create(
    login: Login,
    email: Annotated[str, typer.Option(help="Whose login it is.")],
    name: Annotated[str | None, typer.Option(help="How members see them.")] = None,
    site: Annotated[
        list[str] | None,
        typer.Option(help="A site to begin with.", autocompletion=completion.sites),
    ] = None,
    dsn: target.Dsn = None,
) -> None:
    """Make a login. The password is asked for, or is the first line of standard input.

    Example: pyctl analyst create ayse_reports --email ayse@agency.example --site shop.example
    """
    password = acts.ask_password(_MIN_PASSWORD)
    with db.connect(target.resolve(dsn)) as conn:
        sites = [acts.find_site(conn, given) for given in site or []]
        person = make(conn, login, password, email, name)
        for one in sites:
            db.rows(conn, "grant_site", site=one["id"], person=person)
        typer.echo(_line(_find(conn, login)))


@app.command()
def grant(login: Login, sites: Sites, dsn: target.Dsn = None) -> None:
    """Let a login see sites: its person becomes a viewer there, as the members see.

    Example: pyctl analyst grant ayse_reports shop.example other.example
    """
    with db.connect(target.resolve(dsn)) as conn:
        person = _find(conn, login)["person"]
        for site in [acts.find_site(conn, given) for given in sites]:
            db.rows(conn, "grant_site", site=site["id"], person=person)
        typer.echo(_line(_find(conn, login)))


@app.command()
def revoke(
    login: Login,
    sites: Annotated[
        list[str] | None,
        typer.Argument(help="By id, domain or name.", autocompletion=completion.sites),
    ] = None,
    whole: Annotated[
        bool, typer.Option("--login", help="Shut the login itself, and end its sessions.")
    ] = False,
    dsn: target.Dsn = None,
) -> None:
    """Take sites from a login, or shut it. Holds from its next statement on.

    Example: pyctl analyst revoke ayse_reports shop.example

    Example: pyctl analyst revoke ayse_reports --login
    """
    if not sites and not whole:
        raise typer.BadParameter("give the sites, or --login")
    with db.connect(target.resolve(dsn)) as conn:
        person = _find(conn, login)["person"]
        for site in [acts.find_site(conn, given) for given in sites or []]:
            for left in db.rows(conn, "revoke_site", site=site["id"], person=person):
                if left["role"] != "viewer":
                    raise OperatorError(
                        f"{login}'s person is {left['role']} of {site['name']}, not only a viewer.",
                        "That is taken back by the site's owner. Nothing was changed.",
                    )
        if whole:
            conn.execute(sql.SQL("alter role {} nologin").format(sql.Identifier(login)))
            conn.commit()
            db.rows(conn, "end_sessions", login=login)
        typer.echo(_line(_find(conn, login)))


@app.command()
def password(login: Login, dsn: target.Dsn = None) -> None:
    """Give a login another password. Who is connected stays so.

    Example: pyctl analyst password ayse_reports
    """
    given = acts.ask_password(_MIN_PASSWORD)
    with db.connect(target.resolve(dsn)) as conn:
        _find(conn, login)
        conn.execute(
            sql.SQL("alter role {} password {}").format(
                sql.Identifier(login), _hashed(conn, login, given)
            )
        )
        typer.echo(_line(_find(conn, login)))


@app.command()
def reopen(login: Login, dsn: target.Dsn = None) -> None:
    """Open a login that revoke --login has shut: its password and its sites are as they were.

    Example: pyctl analyst reopen ayse_reports
    """
    with db.connect(target.resolve(dsn)) as conn:
        _find(conn, login)
        conn.execute(sql.SQL("alter role {} login").format(sql.Identifier(login)))
        typer.echo(_line(_find(conn, login)))


def _cells(one: dict[str, Any]) -> dict[str, str]:
    sites = ", ".join(
        site["name"] + ("" if site["role"] == "viewer" else f" ({site['role']})")
        for site in one["sites"]
    )
    state = f"{one['connections']} connected" if one["can_login"] else "shut"
    size = f", {one['own_bytes'] / 1e6:.0f} MB of their own" if one["own_bytes"] else ""
    return {
        "login": one["login"],
        "person": one["email"] or "linked to nobody",
        "sites": sites or "no site",
        "state": state + size,
    }


def _line(one: dict[str, Any]) -> str:
    return "  ".join(output.cell(text) for text in _cells(one).values())


@app.command("list")
def list_analysts(
    dsn: target.Dsn = None,
    as_json: output.AsJson = False,
) -> None:
    """Every login, the sites it sees, and whether it is connected.

    Example: pyctl analyst list --json
    """
    with db.connect(target.resolve(dsn)) as conn:
        found = listed(conn)
    if as_json:
        output.dump(found)
        return
    columns = {"login": "Login", "person": "Person", "sites": "Sites", "state": "State"}
    empty = "there is no analyst yet: pyctl analyst create"
    output.table("Analysts", columns, [_cells(one) for one in found], empty=empty)
