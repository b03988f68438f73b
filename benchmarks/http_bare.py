"""What the HTTP door is measured against: a bare endpoint that knows who asks and reads one row.

`python -m benchmarks.http_bare DATABASE PORT` serves, as the archive does (uvicorn, uvloop, httptools, one
process), from a home's SQLite database, in async endpoints of FastAPI and by Python's own driver:

    /signed/{code}    who asks stands in a signed cookie; one row is read: the item's
    /session/{code}   who asks stands in a row as well, as with sessions that can be ended; two are read

No view, no journal, no limits, no headers: nothing that a door needs. So it is what the framework costs.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import sqlite3
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Request

KEY = b"of a benchmark"
COOKIE = "__Host-lantai"
_ITEM = (
    "SELECT item.code, fonds, category, year, retention, access"
    " FROM code JOIN item ON item.id = code.item WHERE code.code = ?"
)
_SESSION = 'SELECT account, until FROM "session" WHERE id = ?'


def signed(account: str) -> str:
    """A cookie's value that says who asks."""
    return f"{account}.{hmac.digest(KEY, account.encode(), 'sha256').hex()}"


def application(database: Path) -> FastAPI:
    """The two endpoints over a database."""
    app = FastAPI(openapi_url=None)
    conn = sqlite3.connect(f"file:{database}?mode=ro", uri=True, check_same_thread=False)

    def row(code: str) -> dict[str, Any]:
        found = conn.execute(_ITEM, (code,)).fetchone()
        if found is None:
            raise HTTPException(404)
        names = ("code", "fonds", "category", "year", "retention", "access")
        return dict(zip(names, found, strict=True))

    @app.get("/signed/{code}")
    async def by_signature(request: Request, code: str) -> dict[str, Any]:
        value = request.cookies.get(COOKIE, "")
        if not hmac.compare_digest(value, signed(value.partition(".")[0])):
            raise HTTPException(401)
        return row(code)

    @app.get("/session/{code}")
    async def by_session(request: Request, code: str) -> dict[str, Any]:
        digest = hashlib.sha256(request.cookies.get(COOKIE, "").encode()).hexdigest()
        if conn.execute(_SESSION, (digest,)).fetchone() is None:
            raise HTTPException(401)
        return row(code)

    return app


def main() -> None:
    """Serve until terminated."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("database", type=Path)
    parser.add_argument("port", type=int)
    chosen = parser.parse_args()
    app = application(chosen.database)
    uvicorn.run(app, port=chosen.port, loop="uvloop", http="httptools", access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
