"""Files of the workbench: our own beside this module, others' as the npm registry gave them (`front/`).

Links name a version, so that a browser may keep a file for ever and still has the new one after an upgrade.
Not here: getting the others (`make setup`, `docs/development.md`).
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from pathlib import Path

from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from lantai.web.headers import CSP

HERE = Path(__file__).parent
OWN = HERE / "static"
OTHERS = HERE / "front" / "node_modules"
PACKAGES = ("htmx.org", "openseadragon", "wavesurfer.js", "pdfjs-dist", "echarts")
"""Packages whose files the workbench gives out; nothing else of the folder can be had."""


class Files(StaticFiles):
    """Files that browsers keep: for ever where the link names a version, else until they changed."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with what its scripts may do: a worker has the rules of its own file, not of its page."""
        response = await super().get_response(path, scope)
        versioned = scope.get("query_string", b"").startswith(b"v=")
        kept = "public, max-age=31536000, immutable" if versioned else "no-cache"
        response.headers["Cache-Control"] = kept
        response.headers["Content-Security-Policy"] = CSP
        return response


def mounts() -> list[Mount]:
    """Where the files are given out. What was not installed is not there: pages do without."""
    there = [name for name in PACKAGES if (OTHERS / name).is_dir()]
    others = [Mount(f"/files/{name}", Files(directory=OTHERS / name, follow_symlink=False)) for name in there]
    return [*others, Mount("/files", Files(directory=OWN))]


@cache
def link(path: str) -> str:
    """The link to a file, as `css/ink.css` or `htmx.org/dist/htmx.min.js`; "" where it is not installed."""
    base = OTHERS if path.startswith(tuple(f"{name}/" for name in PACKAGES)) else OWN
    file = base / path
    if not file.is_file():
        return ""
    return f"/files/{path}?v={blake2b(file.read_bytes(), digest_size=8).hexdigest()}"
