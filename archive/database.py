"""One database: how it is opened, read in a snapshot, and written under one lock.

SQLite and PostgreSQL, by address alone. Not here: what stands in the tables, how they are made
(`archive.migrate`), retries: whoever gets DatabaseBusy decides.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from archive import tables
from archive.asking import Answer, Asker, Question, Unasked, within
from archive.errors import (
    Conflict,
    DatabaseBroken,
    DatabaseBusy,
    DatabaseExists,
    DatabaseFull,
    DatabaseMissing,
    DatabaseNewer,
    ReadOnly,
    SchemaOutdated,
    ViewsOutdated,
)

LOCK_SECONDS = 60
_LOCK = 0x4C616E746169  # "Lantai"; any constant does, it only has to be the same everywhere
_MODE = "lantai_mode"
_FULL = ("disk is full", "No space left on device")
"""How SQLite and PostgreSQL say that their disk takes no more."""
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "cache_size=-65536",  # KiB: a batch of 10,000 items stays in memory until it commits
)


class Database:
    """A database of one archive. Thread-safe; give every process its own. `read_only` says why nothing may
    be written, "" where it may.
    """

    def __init__(self, engine: Engine, lock_seconds: int = LOCK_SECONDS, read_only: str = "") -> None:
        self._engine = engine
        self._lock_seconds = lock_seconds
        self._asker = Asker(engine)
        self.read_only = read_only

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot: every query inside sees the same state, and nothing can be written.

        Raises DatabaseBroken for what the engine refuses.
        """
        with _translated(self._lock_seconds), self._engine.connect() as connection:
            if self.dialect == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    def asked(self, question: Question, values: Mapping[str, Any]) -> Answer | None:
        """The row of a short question, None for no row: in a snapshot of its own, without a connection being
        looked for or a transaction begun (`archive.asking`). Raises DatabaseBroken.
        """
        try:
            return self._asker.ask(question, values)
        except Unasked:
            with self.read() as connection:
                return within(connection)(question, values)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The one write transaction: takes the lock first, commits on leaving, rolls back on any error.

        Waits up to 60 s for the lock, then raises DatabaseBusy with nothing written. Raises ReadOnly,
        Conflict when a uniqueness of the database is violated, DatabaseBroken for other refusals.
        On normal return everything written inside is durable. Not to be nested: the inner one would
        wait for the outer.
        """
        if self.read_only:
            raise ReadOnly(self.read_only)
        with _translated(self._lock_seconds), self._engine.connect() as connection:
            connection.execution_options(**{_MODE: "write"})
            with connection.begin():
                if self.dialect == "postgresql":
                    connection.execute(text(f"SET LOCAL lock_timeout = '{self._lock_seconds}s'"))
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                yield connection

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A connection outside every transaction, for what the engine does in none (`archive.compacting`).

        Raises ReadOnly, DatabaseBusy, DatabaseBroken.
        """
        if self.read_only:
            raise ReadOnly(self.read_only)
        with _translated(self._lock_seconds), self._engine.connect() as connection:
            if self.dialect == "sqlite":
                connection.execution_options(isolation_level="AUTOCOMMIT", **{_MODE: "alone"})
                connection.exec_driver_sql("PRAGMA query_only=OFF")
            else:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.execute(text(f"SET lock_timeout = '{self._lock_seconds}s'"))
            try:
                yield connection
            finally:
                connection.invalidate()  # it is set up unlike the others

    def close(self) -> None:
        """Give all connections back. The object can be used again."""
        self._asker.close()
        self._engine.dispose()


def connect(url: str, lock_seconds: int = LOCK_SECONDS) -> Database:
    """A Database at `url` whose version is not looked at; it waits `lock_seconds` for the write lock.

    Raises DatabaseMissing for an absent file or an address that this program cannot use.
    """
    parsed = _parse(url)
    file = sqlite_file(parsed)
    if file is not None and not file.is_file():
        raise DatabaseMissing(f"no database at {file}")
    arguments = {"timeout": lock_seconds} if file else {}
    # A server may have been started anew since: what is in the pool is asked before it is used.
    engine = create_engine(
        parsed,
        connect_args=arguments,
        hide_parameters=True,
        pool_pre_ping=file is None,
        pool_size=8,
        max_overflow=40,  # more than a server has threads: none waits for one that waits for the lock
    )
    if file is not None:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return Database(engine, lock_seconds)


def open_database(url: str, *, stale_views: bool = False, read_only: str = "") -> Database:
    """Open the database at `url`: `sqlite:////path/file` or `postgresql+psycopg://…`.

    `read_only` says why nothing may be written, if so. Raises DatabaseMissing, SchemaOutdated, or
    ViewsOutdated unless `stale_views` says that the caller is about to rebuild them.
    """
    database = connect(url)
    with ExitStack() as undo:
        undo.callback(database.close)
        with database.read() as connection:
            schema, views = versions(connection)
        refuse_newer(schema, views)
        if schema != tables.SCHEMA:
            raise SchemaOutdated(schema, tables.SCHEMA)
        if views != tables.VIEWS and not stale_views:
            raise ViewsOutdated(views, tables.VIEWS)
        undo.pop_all()
    database.read_only = read_only
    return database


def versions(connection: Connection) -> tuple[str, int | None]:
    """The schema's and the views' version, in one query; ("", None) for a database without any."""
    views = select(tables.projection.c.version).where(tables.projection.c.name == "catalogue")
    schema = text("(SELECT version_num FROM alembic_version)")
    try:
        row = connection.execute(select(schema, views.scalar_subquery())).one()
    except SQLAlchemyError as error:
        if "alembic_version" in str(error.args) or "projection" in str(error.args):
            return "", None
        raise
    return str(row[0] or ""), row[1]


def refuse_newer(schema: str, views: int | None) -> None:
    """Raise DatabaseNewer where a newer program made these: it knows what this one would get wrong."""
    if schema > tables.SCHEMA:
        raise DatabaseNewer(schema, tables.SCHEMA)
    if views is not None and views > tables.VIEWS:
        raise DatabaseNewer(str(views), str(tables.VIEWS))


def make_file(url: str) -> None:
    """For SQLite, make the empty file with mode 0600 (its log files inherit the mode).

    Raises DatabaseExists when something stands there. Nothing to do for a server.
    """
    file = sqlite_file(_parse(url))
    if file is None:
        return
    try:
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
        taken = file.stat().st_size > 0  # an empty file is what a killed `init` leaves
        if not taken:
            file.chmod(0o600)
    except OSError as error:
        raise DatabaseMissing(f"no database can be made at {file}: {error.strerror}") from error
    if taken:
        raise DatabaseExists(f"a file stands at {file}")


def is_server(url: str) -> bool:
    """Whether this is the address of a server's database. Raises DatabaseMissing for one of no database."""
    parsed = _parse(url)
    if parsed.get_backend_name() == "postgresql" and not parsed.database:
        raise DatabaseMissing("the database address names no database")
    return parsed.get_backend_name() == "postgresql"


def sqlite_file(url: URL) -> Path | None:
    """The file of an SQLite address, None for a server's. Raises DatabaseMissing for one in memory."""
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise DatabaseMissing("an archive cannot be kept in memory: the address names no file")
    return Path(url.database)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise DatabaseMissing("the database address is malformed") from error
    if parsed.drivername in ("postgres", "postgresql"):  # as psql and others write it
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        raise DatabaseMissing("an archive's database is SQLite or PostgreSQL")
    return parsed


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get(_MODE) == "alone":
        return
    if connection.get_execution_options().get(_MODE) == "write":
        connection.exec_driver_sql("PRAGMA query_only=OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:  # neither touches the file nor fails; past the engine, for every read pays for it
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA query_only=ON")
        driver.execute("BEGIN")


@contextmanager
def _translated(lock_seconds: int) -> Iterator[None]:
    """No exception of the engine leaves this room, and no value that stood in a statement."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict(f"the database refuses a repetition: {engine_reason(error)}") from error
    except OperationalError as error:
        reason = engine_reason(error)
        if "locked" in reason or "lock timeout" in reason:
            raise DatabaseBusy(f"the write lock was not had in {lock_seconds} s") from error
        if any(words in reason for words in _FULL):
            raise DatabaseFull from error
        raise DatabaseBroken(reason) from error
    except SQLAlchemyError as error:
        raise DatabaseBroken(engine_reason(error)) from error


def engine_reason(error: SQLAlchemyError) -> str:
    """Why the engine refused, in its words: the first line, for the next ones may quote values."""
    reason = str(error.orig if isinstance(error, DBAPIError) else error)
    return reason.splitlines()[0] if reason else type(error).__name__
