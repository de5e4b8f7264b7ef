"""``pyctl site``: a customer's site from its beginning to its end."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from psycopg import sql

from pyctl import acts, completion, db, output, secretfiles, smoke, takeout, target
from pyctl.errors import OperatorError

app = typer.Typer(
    no_args_is_help=True, help="Customers' sites: from the first tag to the last row."
)

Site = Annotated[
    str,
    typer.Argument(metavar="SITE", help="Id, domain or name.", autocompletion=completion.sites),
]
BATCH = 5000  # rows of one transaction of a purge
ROUND = 1_000_000  # places that the server keeps for it


def _settings(pairs: list[str]) -> dict[str, Any]:
    """``name=value`` each; a value is JSON where it can be read as such, else text."""
    made: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise OperatorError(f"{pair} is no setting.", "Write NAME=VALUE.", exit_code=2)
        try:
            made[name] = json.loads(value)
        except ValueError:
            made[name] = value
    return made


def _refuse_twin(conn: db.Connection, domain: str, way_out: str) -> None:
    """Whoever runs a command again, unsure whether it went through, makes no second site."""
    found = [
        site
        for archived in (False, True)
        for site in db.rows(conn, "find_sites", given=domain, archived=archived)
        if site["domain"] == domain
    ]
    if found:
        raise OperatorError(f"There is a site {domain} already: {found[0]['id']}.", way_out)


@app.command()
def create(
    domain: Annotated[str, typer.Argument(help="Host name; its subdomains belong to it.")],
    owner: Annotated[str, typer.Option(help="E-mail of its owner.")],
    name: Annotated[str | None, typer.Option(help="What people call it; default: domain.")] = None,
    setting: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="As in update_site.")
    ] = None,
    another: Annotated[
        bool, typer.Option("--another", help="One of this domain is there, and this is another.")
    ] = False,
    reason: acts.Reason = "new customer",
    dsn: target.Dsn = None,
    as_json: output.AsJson = False,
) -> None:
    """Add a site. Its owner has an account already, or gets an invitation by mail.

    Example: pyctl site create shop.example --owner ayse@shop.example --set time_zone=Europe/Berlin
    """
    with db.connect(target.resolve(dsn)) as conn:
        if not another:
            _refuse_twin(conn, domain, "pyctl site list shows it; --another adds one more.")
        (made,) = acts.do(
            conn,
            "site_create",
            name=name or domain,
            domain=domain,
            owner=owner,
            settings=json.dumps(_settings(setting or [])),
            reason=reason,
        )
    if as_json:
        output.dump(made)
        return
    output.say(f"{made['id']}  key {made['key']}")
    if made["is_invited"]:
        output.say(f"{owner} has no account yet: an invitation waits for `pyctl mail send`")


@app.command("list")
def list_sites(
    archived: Annotated[bool, typer.Option("--archived", help="The archived ones.")] = False,
    dsn: target.Dsn = None,
    as_json: output.AsJson = False,
) -> None:
    """Every site with its owners and its key.

    Example: pyctl site list --archived
    """
    with db.connect(target.resolve(dsn)) as conn:
        found = db.rows(conn, "sites", archived=archived)
    columns = {"id": "id", "name": "name", "domain": "domain", "owners": "owners", "key": "key"}
    if archived:
        columns |= {"archived_at": "archived", "is_being_purged": "being purged"}
    output.table("Sites", columns, found, as_json, empty="there is none: pyctl site create")


def _archive(site: str, dsn: str | None, reason: str, archived: bool) -> str:
    with db.connect(target.resolve(dsn)) as conn:
        one = acts.find_site(conn, site, archived=not archived)
        acts.do(conn, "site_archive", site=one["id"], archived=archived, reason=reason)
    return str(one["name"])


@app.command()
def archive(site: Site, reason: acts.Reason, dsn: target.Dsn = None) -> None:
    """Take nothing in, offer nothing, answer 404. All is kept; `restore` undoes it.

    Example: pyctl site archive shop.example --reason "contract ended"
    """
    output.say(f"{_archive(site, dsn, reason, True)} is archived")


@app.command()
def restore(site: Site, reason: acts.Reason, dsn: target.Dsn = None) -> None:
    """Bring an archived site back with all it had.

    Example: pyctl site restore shop.example --reason "they came back"
    """
    output.say(f"{_archive(site, dsn, reason, False)} is back")


@app.command("rotate-key")
def rotate_key(
    site: Site,
    reason: acts.Reason,
    hours: Annotated[
        int, typer.Option(min=0, max=24 * 366, help="How long the old key is still good.")
    ] = 24 * 30,
    dsn: target.Dsn = None,
) -> None:
    """Give the script tag a new key. The old one is good for 30 days more: tags must be changed.

    Example: pyctl site rotate-key shop.example --hours 168 --reason "key was copied"
    """
    with db.connect(target.resolve(dsn)) as conn:
        one = acts.find_site(conn, site)
        made = acts.do(conn, "site_rotate_key", site=one["id"], hours=hours, reason=reason)
    output.say(made[0]["key"])
    typer.echo(
        f"The old key is good for {hours} hours; a page that still carries it then is refused."
        if hours
        else "The old key ended: pages that carry it are refused from now on.",
        err=True,
    )


@app.command("end-old-key")
def end_old_key(site: Site, reason: acts.Reason, dsn: target.Dsn = None) -> None:
    """End the key before the present one at once.

    Example: pyctl site end-old-key shop.example --reason "all tags are changed"
    """
    with db.connect(target.resolve(dsn)) as conn:
        one = acts.find_site(conn, site)
        acts.do(conn, "site_end_old_key", site=one["id"], reason=reason)
    output.say("ended")


@app.command("takeout")
def takeout_command(
    site: Site,
    place: Annotated[Path, typer.Argument(metavar="DIR|FILE.tar.gz", help="Must not be there.")],
    reason: acts.Reason,
    archived: Annotated[bool, typer.Option("--archived", help="It is an archived site.")] = False,
    dsn: target.Dsn = None,
) -> None:
    """Write all that is held of a site: JSON lines per table, and a manifest with checksums.

    Example: pyctl site takeout shop.example shop.tar.gz --reason "they asked for their data"
    """
    with db.connect(target.resolve(dsn)) as conn:
        one = acts.find_site(conn, site, archived=archived)
        acts.do(conn, "takeout_act", site=one["id"], reason=reason)
        conn.commit()
        rows = takeout.write(conn, one, place)
    output.say(f"{rows} rows written to {place}")


def purge_site(conn: db.Connection, site: str, reason: str, forced: bool, batch: int) -> int:
    """Deletes an archived site in batches (``conn`` in autocommit); gives how many rows went.

    Interrupted, it is safe to run again.
    """
    acts.do(conn, "purge_begin", site=site, forced=forced, reason=reason)
    with output.progress("rows") as bar:
        for row in db.rows(conn, "purge_leaves"):
            while _purge_leaf(conn, site, row["leaf"], batch, bar):
                pass
    acts.do(conn, "purge_finish", site=site)
    return int(db.rows(conn, "purged", site=site)[0]["rows"])


def _purge_leaf(
    conn: db.Connection, site: str, leaf: str, batch: int, bar: Callable[[int], None]
) -> bool:
    """Deletes at most ``ROUND`` rows of one table; False when there was none.

    They are looked for once and then deleted by place: looking anew for each batch reads past all
    that is deleted already.
    """
    find = sql.SQL("select ctid::text from {} where site_id = %s limit %s")
    with conn.cursor("places", withhold=True) as places:
        places.execute(find.format(sql.SQL(db.as_query(leaf))), [site, ROUND])
        found = False
        while block := places.fetchmany(batch):
            found = True
            said = {"site": site, "leaf": leaf, "places": [place for (place,) in block]}
            bar(acts.do(conn, "purge_step", **said)[0]["done"])
    return found


@app.command()
def purge(
    site: Site,
    reason: acts.OwnReason,
    yes: Annotated[
        str | None, typer.Option(metavar="NAME", help="The site's name, instead of typing it.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Give up conversions that are held or offered.")
    ] = False,
    dsn: target.Dsn = None,
) -> None:
    """Delete an archived site with every row of it. It can't be undone.

    People's accounts stay, and so does one line in the operators' log. Backups still hold it.

    Example: pyctl site purge shop.example --reason "contract ended a year ago"
    """
    with db.connect(target.resolve(dsn), autocommit=True) as conn:
        one = acts.find_site(conn, site, archived=True)
        if yes is None:
            yes = typer.prompt(f"All of {one['name']} will be gone. Type its name")
        if yes != one["name"]:
            raise OperatorError(
                f"The site's name is {one['name']}, not {yes}.", "Nothing was changed.", exit_code=2
            )
        rows = purge_site(conn, one["id"], reason, force, BATCH)
    output.say(f"{one['name']} is gone, {rows} rows")


@app.command()
def canary(
    file: Annotated[Path, typer.Argument(help="New file for its credentials, mode 600.")],
    domain: Annotated[
        str, typer.Option(help="Reserved, so that it is nobody's.")
    ] = "canary.invalid",
    reason: acts.Reason = "canary for pyctl smoke",
    dsn: target.Dsn = None,
) -> None:
    """Make the site, the person and the feed that `pyctl smoke` uses. No ad platform fetches it.

    Example: pyctl site canary canary.json
    """
    if not domain.endswith(smoke.RESERVED):
        raise OperatorError(
            f"{domain} may be somebody's.",
            f"A canary's domain ends in one of {' '.join(smoke.RESERVED)}.",
            exit_code=2,
        )
    secretfiles.check_way_out(file, False)
    password = secrets.token_urlsafe(24)
    person = {"email": f"smoke@{domain}", "name": "pyctl smoke", "role": "user"}
    # sealed is offered: no hold, no undo
    settings = json.dumps(
        {"undo_window": "0:00", "conversion_hold": "0:00", "adjustment_hold": "0:00"}
    )
    with db.connect(target.resolve(dsn)) as conn:
        way_out = "Its file is lost? --domain another.invalid makes a second canary."
        _refuse_twin(conn, domain, way_out)
        acts.do(conn, "user_create", **person, password=password, reason=reason)
        site = {"name": f"Canary {domain}", "domain": domain, "owner": person["email"]}
        (made,) = acts.do(conn, "site_create", **site, settings=settings, reason=reason)
        user = f"canary-{made['id'][:8]}"
        feed = acts.do(conn, "feed_create", site=made["id"], user=user, reason=reason)
        said = {"email": person["email"], "password": password}
        said |= {"feed_user": user, "feed_secret": feed[0]["secret"]}
        secretfiles.hand_out(json.dumps(said), file)
