"""Splitting SQL: what looks like a statement's end and is none."""

from __future__ import annotations

import pytest

from pyctl import sqltext

FILE = """\
-- a; comment
select 'it''s; one', E'\\';', "odd;name", $$ ; commit; $$, $a$ $$;$$ $a$; /* ; /* ; */ ; */
create function f() returns int language sql begin atomic
    select case when true then 1 end;
    select 2;
end;
do $do$ begin commit; end $do$;

select $1, a$b$c from t
"""


def test_statements_and_their_lines() -> None:
    found = sqltext.statements(FILE)
    assert [(s.words[0], s.line) for s in found] == [
        ("select", 2),
        ("create", 3),
        ("do", 7),
        ("select", 9),
    ]
    assert not any(sqltext.transaction_statement(s) for s in found)


def test_line_of_a_position_counts_characters() -> None:
    (statement,) = sqltext.statements("\n\nselect 'ğ',\n  boom")
    assert statement.line_at(statement.text.index("boom") + 1) == 4


@pytest.mark.parametrize("text", ["commit", "ROLLBACK", "end", "begin", "abort and chain"])
def test_transaction_statements(text: str) -> None:
    (statement,) = sqltext.statements(f"/* x */ {text};")
    assert sqltext.transaction_statement(statement)


def test_rollback_to_a_savepoint_ends_nothing() -> None:
    assert not any(
        sqltext.transaction_statement(s)
        for s in sqltext.statements("savepoint a; rollback to savepoint a; rollback to a;")
    )


def test_comments_and_layout_do_not_count() -> None:
    one, two = sqltext.statements("select  1 -- why\n + 'a  b'; select 1 + 'a  b'")
    assert one.canonical == two.canonical
