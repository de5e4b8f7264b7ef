"""A small db folder for tests of the deploy: two tables, a definer, a policy, one api function."""

from __future__ import annotations

import shutil
from pathlib import Path

FILES = {
    "schema/00_base.sql": """
do $$
declare
    v_role text;
begin
    foreach v_role in array array['app_owner', 'app_definer', 'anon', 'authenticated'] loop
        if not exists (select from pg_catalog.pg_roles where rolname = v_role) then
            execute pg_catalog.format('create role %I nologin', v_role);
        end if;
    end loop;
end
$$;
create schema app authorization app_owner;
create schema access authorization app_owner;
create schema ops authorization app_owner;
alter default privileges for role app_owner revoke execute on functions from public;
grant usage on schema app, access to anon;
""",
    "schema/10_sites.sql": """
create table app.sites (id integer primary key, name text not null);
create table app.calls (id integer primary key, site_id integer not null);
create trigger sites_10_touch before update on app.sites
for each row execute function app.tg__touch();
""",
    "schema/79_migrations.sql": """
create table ops.migrations (
    version text primary key,
    name text not null,
    checksum text not null,
    how text not null,
    applied_at timestamptz not null default clock_timestamp(),
    applied_by text not null default session_user
);
""",
    "schema/80_ops.sql": """
create table ops.deploys (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    state_checksum text not null,
    code_checksum text not null,
    git_revision text,
    newest_step text,
    deployed_by text not null default session_user
);
""",
    "functions/app/tg__touch.sql": """
create function app.tg__touch() returns trigger set search_path = '' language plpgsql as $$
begin
    return new;
end
$$;
""",
    "functions/access/site_ids.sql": """
create function access.site_ids(role text) returns setof integer
security definer set search_path = '' language sql stable
begin atomic
    select case when role = 'viewer' then 1 else 2 end;
end;
grant execute on function access.site_ids(text) to anon;
""",
    "rls/sites.sql": """
alter table app.sites enable row level security;
grant select on app.sites to anon;
create policy select_anon on app.sites for select to anon
using (id = any (array(select access.site_ids('viewer'))));
""",
    "rpc/_schema.sql": """
create schema api;
create domain api."*/*" as text;
grant usage on schema api to anon;
""",
    "rpc/feed.csv.sql": """
create function api."feed.csv"() returns api."*/*" language sql stable
begin atomic
    select 'a,b';
end;
""",
    "rpc/hello.sql": """
create function api.hello() returns setof integer language sql stable
begin atomic
    select site_ids.site_ids from access.site_ids('viewer');
end;
grant execute on function api.hello() to anon;
""",
}


class Tree:
    """Writes, changes and removes files of the folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name, text in FILES.items():
            self.write(name, text)

    @classmethod
    def of(cls, source: Path, root: Path) -> Tree:
        """A copy of a whole db folder, without its tests."""
        shutil.copytree(source, root, ignore=shutil.ignore_patterns("tests"))
        tree = cls.__new__(cls)
        tree.root = root
        return tree

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"))
        return path

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def remove(self, name: str) -> None:
        (self.root / name).unlink()

    def step(self, name: str, text: str, *, version: str = "") -> Path:
        """A step of db/migrations, newer than those that are there."""
        there = [path.name[:14] for path in (self.root / "migrations").glob("[0-9]*.sql")]
        newest = max(there, default="20260101000000")
        return self.write(f"migrations/{version or int(newest) + 1}_{name}.sql", text)
