"""People and sites with names; ids never appear in a test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from pyctl import db

_SQL = Path(__file__).parent / "sql"


def sign(claims: Mapping[str, Any], secret: str) -> str:
    """A HS256 token."""

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    head = part(b'{"alg":"HS256","typ":"JWT"}')
    body = f"{head}.{part(json.dumps(dict(claims)).encode())}"
    return f"{body}.{part(hmac.digest(secret.encode(), body.encode(), hashlib.sha256))}"


@dataclass(frozen=True)
class Site:
    """A tenant."""

    id: str
    name: str
    key: str
    domain: str


@dataclass(frozen=True)
class Person:
    """Somebody with a token (good for an hour)."""

    id: str
    email: str
    token: str = field(repr=False)


class World:
    """Makes sites and people in one database, as superuser; the same name is the same thing."""

    def __init__(self, dsn: str, secret: str) -> None:
        self.conn = psycopg.connect(dsn, autocommit=True, row_factory=dict_row)
        self.secret = secret
        self._sites: dict[str, Site] = {}
        self._people: dict[str, Person] = {}

    def rows(self, query: str, **arguments: Any) -> list[dict[str, Any]]:
        """Any SQL, as superuser, with ``%(name)s`` arguments."""
        cursor = self.conn.execute(db.as_query(query), arguments or None)
        return cursor.fetchall() if cursor.description else []

    def value(self, query: str, **arguments: Any) -> Any:
        """The first column of the only row."""
        (row,) = self.rows(query, **arguments)
        return next(iter(row.values()))

    def _run(self, file: str, /, **arguments: Any) -> dict[str, Any]:
        (row,) = self.rows((_SQL / f"{file}.sql").read_text(), **arguments)
        return row

    def site(self, name: str = "acme", **settings: Any) -> Site:
        """The site of that name at <name>.example; ``settings`` are columns of app.sites."""
        if name not in self._sites:
            row = self._run("make_site", name=name, domain=f"{name}.example")
            self._sites[name] = Site(**row)
        site = self._sites[name]
        for column, value in settings.items():
            self.rows(
                f'update app.sites set "{column}" = %(v)s where id = %(id)s', v=value, id=site.id
            )
        return site

    def person(self, name: str, *, role: str = "user") -> Person:
        """Somebody without a membership."""
        if name not in self._people:
            email = f"{name}@people.example"
            row = self._run("make_person", email=email, name=name, role=role)
            person_id = str(row["id"])
            self._people[name] = Person(person_id, email, self.token(person_id))
        return self._people[name]

    def member(self, site: str, role: str, name: str | None = None) -> Person:
        """A member of the site; without a name, the one with that role."""
        person = self.person(name or f"{role}-of-{site}")
        self._run("make_member", site=self.site(site).id, person=person.id, role=role)
        return person

    def owner(self, site: str = "acme") -> Person:
        return self.member(site, "owner")

    def editor(self, site: str = "acme") -> Person:
        return self.member(site, "editor")

    def viewer(self, site: str = "acme") -> Person:
        return self.member(site, "viewer")

    def neighbour_owner(self) -> Person:
        """Owner of another site, who must see nothing of ours."""
        return self.owner("neighbour")

    def admin(self) -> Person:
        """Without access to anybody's site."""
        return self.person("admin", role="admin")

    def support(self, site: str) -> Person:
        """The admin under support access to the site."""
        admin = self.admin()
        self.open_support(site, admin)
        return admin

    def open_support(self, site: str, admin: Person) -> str:
        """The id of a new support access."""
        return str(self._run("open_support", site=self.site(site).id, admin=admin.id)["id"])

    def set_password(self, person: Person, password: str) -> None:
        """Lets the person use the real log-in; the hash is a cheap one."""
        self._run("set_password", person=person.id, password=password)

    def link(self, email: str) -> str:
        """The token in the last mail's link to that address."""
        (mail,) = self.rows(
            "select token from ops.mail_outbox where recipient = %(email)s"
            " order by created_at desc limit 1",
            email=email,
        )
        return str(mail["token"])

    def token(self, sub: str, *, secret: str | None = None, **claims: Any) -> str:
        """A token as ``login`` would sign it; ``claims`` change it, None leaves one out.

        Its log-in is made, and for a machine's role its row, unless ``sid`` or ``jti`` is said.
        """
        now = int(time.time())
        said = {
            "iss": "opsmantik",
            "aud": "opsmantik",
            "sub": sub,
            "role": "authenticated",
            "iat": now,
            "exp": now + 3600,
        } | claims
        if said["iss"] == "opsmantik" and not {"sid", "jti"} & set(claims):
            machine = said["role"] in ("service_role", "monitor")
            query = "make_machine_token" if machine else "make_login"
            said |= self.rows((_SQL / f"{query}.sql").read_text(), sub=sub, role=said["role"])[0]
        kept = {name: value for name, value in said.items() if value is not None}
        return sign(kept, secret or self.secret)

    def close(self) -> None:
        self.conn.close()
