"""Short questions that are asked with every request: made text once, on one connection that is kept for them.

A statement is a snapshot of its own, so one that reads all there is to know needs no transaction around it:
no connection is looked for, nothing begins and nothing is rolled back. Nothing of an answer is kept either:
what another process wrote counts for the next question. Whatever goes wrong here is no error: the same
question is asked again on an ordinary connection (`archive.database.Database.asked`), which says what is
wrong, and the next question has a new connection. Not here: questions of many rows, writing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine, Select
from sqlalchemy.exc import SQLAlchemyError

Answer = tuple[Any, ...]
"""One row, as the driver gives it: a truth may be 0 or 1."""


class Question:
    """A SELECT of at most one row with named values (`bindparam`), to be made once and asked often."""

    __slots__ = ("select",)

    def __init__(self, select: Select[*tuple[Any, ...]]) -> None:
        self.select = select


Ask = Callable[[Question, Mapping[str, Any]], Answer | None]
"""Asks a question with its values; None where there is no such row."""


def within(connection: Connection) -> Ask:
    """What asks within a snapshot, beside the other questions in it."""

    def ask(question: Question, values: Mapping[str, Any]) -> Answer | None:
        row = connection.execute(question.select, dict(values)).one_or_none()
        return None if row is None else tuple(row)

    return ask


class Unasked(Exception):
    """The kept connection is in use, or did not answer."""


class Asker:
    """The kept connection of one engine. Thread-safe: one at a time, and nobody waits for the other."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._texts: dict[Question, str] = {}
        self._busy = threading.Lock()
        self._driver: Any = None

    def ask(self, question: Question, values: Mapping[str, Any]) -> Answer | None:
        """The row, None for no row. Raises `Unasked`."""
        if not self._busy.acquire(blocking=False):
            raise Unasked
        try:
            driver = self._driver or self._opened()
            rows = driver.execute(self._texts.get(question) or self._text(question), values).fetchall()
        except (self._driver_error, SQLAlchemyError) as fault:
            self._forget()
            raise Unasked from fault
        finally:
            self._busy.release()
        return rows[0] if rows else None

    def close(self) -> None:
        """Give the connection back; the next question opens another."""
        with self._busy:
            self._forget()

    @property
    def _driver_error(self) -> type[Exception]:
        error: type[Exception] = self._engine.dialect.loaded_dbapi.Error
        return error

    def _opened(self) -> Any:
        held = self._engine.raw_connection()
        driver: Any = held.driver_connection
        held.detach()  # it is no longer the pool's to give to others
        if self._engine.dialect.name == "sqlite":
            driver.execute("PRAGMA query_only=ON")
        else:
            driver.autocommit = True
            driver.execute("SET default_transaction_read_only = on")
        self._driver = driver
        return driver

    def _text(self, question: Question) -> str:
        kind: type[Any] = type(self._engine.dialect)
        style = "named" if self._engine.dialect.name == "sqlite" else "pyformat"
        text = self._texts[question] = str(question.select.compile(dialect=kind(paramstyle=style)))
        return text

    def _forget(self) -> None:
        driver, self._driver = self._driver, None
        if driver is not None:
            with suppress(self._driver_error):
                driver.close()
