"""SQLite FTS5 and PostgreSQL full text, asked what the finding aid is asked.

Both hold a table with the columns that views, filters and orders need, and the words of each description as
rjieba cuts them: FTS5 with its `unicode61` tokenizer (`trigram` finds no word of two characters, and most
are), PostgreSQL as a `tsvector` of the `simple` configuration under a GIN index. That is how they are
commonly used for Chinese, and the fastest way; they find a word only where the dictionary cut it in the
record as in the question, so their totals are lower. One statement answers a question: the page, the total
and six facets of what the view lets through. They mark no matches, mask nothing, and look in all fields for
everybody: less than the finding aid does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import rjieba

from benchmarks.search_queries import Plain
from policies.access import Clause, View, mark_kind
from search.dates import span
from search.index import FACETS, Document, Order
from tests.postgres import private_server

Ask = Callable[[Plain, View], int]
"""Answers a question in full; how many records match."""

_COLUMNS = (
    "rank", "code", "title", "fonds", "category", "year", "retention", "office", "access",
    "secrecy", "holder", "first_day", "last_day",
)  # fmt: skip
_NUMBERS = ("rank", "first_day", "last_day")
_SERVER = ("shared_buffers=2GB", "work_mem=64MB", "maintenance_work_mem=512MB", "jit=off", "max_wal_size=8GB")
_ORDERS = {
    Order.RELEVANCE: "rank DESC",
    Order.NEWEST: "first_day DESC, rank DESC",
    Order.OLDEST: "first_day, rank DESC",
    Order.CODE: "code",
}


@contextmanager
def fts5(folder: Path, documents: Iterable[Document]) -> Iterator[Ask]:
    """SQLite FTS5, filled with the documents and made into one segment."""
    file = folder / "fts5.sqlite"
    file.unlink(missing_ok=True)
    database = sqlite3.connect(file, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA cache_size=-512000")
    database.execute("PRAGMA mmap_size=4000000000")
    database.execute(f"CREATE TABLE doc ({_columns('INTEGER', 'TEXT')})")
    database.execute("CREATE VIRTUAL TABLE words USING fts5(told, content='', tokenize='unicode61')")
    database.execute("BEGIN")
    marks = ", ".join("?" * len(_COLUMNS))
    for document in documents:
        database.execute(f"INSERT INTO doc VALUES ({marks})", _row(document))
        database.execute("INSERT INTO words (rowid, told) VALUES (?, ?)", (document.rank, _cut(document)))
    database.execute("COMMIT")
    database.execute("INSERT INTO words (words) VALUES ('optimize')")
    for column in ("first_day", "code", "fonds"):
        database.execute(f"CREATE INDEX doc_{column} ON doc ({column})")
    database.execute("ANALYZE")

    def ask(plain: Plain, view: View) -> int:
        told = " ".join(f'"{word}"' for word in _question(plain))
        source = (
            "words JOIN doc ON doc.rank = words.rowid WHERE words MATCH ?" if told else "doc WHERE ? = ''"
        )
        return _total(database.execute(_statement(source, plain, view), (told,)).fetchall())

    try:
        yield ask
    finally:
        database.close()


@contextmanager
def postgresql(folder: Path, documents: Iterable[Document]) -> Iterator[Ask]:
    """PostgreSQL in a private cluster with memory enough for all of it, filled, indexed and analysed."""
    with private_server(folder, *_SERVER) as address, in_database(address, documents) as ask:
        yield ask


@contextmanager
def in_database(address: str, documents: Iterable[Document]) -> Iterator[Ask]:
    """The same in an empty database of a running server."""
    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
        _load(connection, documents)

        def ask(plain: Plain, view: View) -> int:
            told = " & ".join(f"'{word}'" for word in _question(plain))
            where = "words @@ to_tsquery('simple', %s)" if told else "%s = ''"
            statement = _statement(f"doc WHERE {where}", plain, view)
            return _total(connection.execute(statement.encode(), (told,)).fetchall())

        yield ask


def _load(connection: psycopg.Connection[Any], documents: Iterable[Document]) -> None:
    columns = _columns("bigint", 'text COLLATE "C"')
    connection.execute(f"CREATE TABLE doc ({columns}, words tsvector)".encode())
    with connection.cursor().copy(f"COPY doc ({', '.join(_COLUMNS)}, words) FROM STDIN".encode()) as copy:
        for document in documents:
            vector = " ".join(f"'{word}'" for word in sorted(set(_cut(document).split())))
            copy.write_row((*_row(document), vector))
    connection.execute("CREATE INDEX ON doc USING gin (words) WITH (fastupdate = off)")
    for column in ("rank", "first_day", "code", "fonds"):
        connection.execute(f"CREATE INDEX ON doc ({column})".encode())
    connection.execute("VACUUM ANALYZE doc")


def _columns(number: str, text: str) -> str:
    kinds = {name: number if name in _NUMBERS else text for name in _COLUMNS}
    kinds["rank"] += " PRIMARY KEY"
    return ", ".join(f"{name} {kind}" for name, kind in kinds.items())


def _row(document: Document) -> tuple[str | int, ...]:
    first, last = span(document.date) or (0, 0)
    told: dict[str, str | int] = {"first_day": first, "last_day": last}
    told["secrecy"] = mark_kind(document.secrecy)
    return tuple(told[name] if name in told else getattr(document, name) for name in _COLUMNS)


def _cut(document: Document) -> str:
    text = " ".join(
        (
            document.title, document.author, document.keywords, document.people, document.place,
            document.abstract, document.document_number, document.genre, document.notes, document.code,
        )
    )  # fmt: skip
    return " ".join(word for word in rjieba.cut(text) if word.isalnum()).lower()


def _question(plain: Plain) -> list[str]:
    return [part for word in plain.words for part in rjieba.cut(word) if part.isalnum()]


def _statement(source: str, plain: Plain, view: View) -> str:
    """The page, the total and six facets as rows of (what, value, count)."""
    chosen = [_view(view)] + [f"{name} = {_text(value)}" for name, value in plain.filters.items()]
    if plain.days:
        chosen += [f"first_day <= {plain.days[1]}", f"last_day >= {plain.days[0]}"]
    found = f"SELECT {', '.join(f'doc.{name}' for name in _COLUMNS)} FROM {source} AND {' AND '.join(chosen)}"
    page = f"SELECT code, title FROM found ORDER BY {_ORDERS[plain.order]} LIMIT 20"
    parts = [f"SELECT 'hit', code || title, 0 FROM ({page}) page", "SELECT 'total', '', count(*) FROM found"]
    parts += [f"SELECT '{name}', {name}, count(*) FROM found GROUP BY {name}" for name in FACETS]
    return f"WITH found AS MATERIALIZED ({found}) " + " UNION ALL ".join(parts)


def _total(rows: list[tuple[str, str, int]]) -> int:
    return next(count for what, _, count in rows if what == "total")


def _view(view: View) -> str:
    return f"({' OR '.join(_clause(clause) for clause in view.clauses)})"


def _clause(clause: Clause) -> str:
    asked = {
        "fonds": clause.fonds,
        "access": clause.access,
        "secrecy": clause.secrecy,
        "holder": clause.holder,
    }
    given = [
        f"{name} IN ({', '.join(_text(value) for value in sorted(values))})"
        for name, values in asked.items()
        if values is not None
    ]
    return f"({' AND '.join(given)})" if given else "1 = 1"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
