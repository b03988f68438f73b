"""Templates and what every one of them has: words, marks, links to files, the rooms open to the reader.

Not here: what a page asks the API (`lantai.web.page` and the pages), the words themselves (`lantai/words`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from lantai.messages import catalogue, label, language, reading, say, word
from lantai.web import files, shown
from lantai.web.asking import address
from lantai.web.forms import new_key
from lantai.web.rooms import rooms_of

if TYPE_CHECKING:
    from lantai.web.page import Page

FOLDER = Path(__file__).parent / "templates"
CSP = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may do: nothing from elsewhere, no script or style that stands in it. Source: CSP Level 3."""
THEMES = ("light", "dark")
"""What paper may be chosen; whoever chose none has what their device has."""
HEADERS = {
    "Content-Security-Policy": CSP,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "Vary": "Cookie, Accept-Language, HX-Request",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def sheet(page: Page, template: str, status: int, values: Mapping[str, object]) -> Response:
    """The template for this reader, whole or in part."""
    with reading(page.language):
        text = environment().get_template(template).render(_all(page) | dict(values))
    return Response(text, status, HEADERS, "text/html; charset=utf-8")


def _all(page: Page) -> dict[str, Any]:
    return {
        "page": page,
        "layout": "part.html" if page.part else "page.html",
        "language": page.language,
        "theme": kept if (kept := page.request.cookies.get("lantai-theme", "")) in THEMES else "",
        "session": page.session,
        "may": page.may,
        "rooms": rooms_of(page),
        "path": page.request.url.path,
        "said": _said(page.request.query_params.get("said", "")),
        "problem": None,
        "form": {},
    }


def _said(name: str) -> str:
    """What a page tells to have been done; nothing for a name that is none, or a sentence to be filled in."""
    known = catalogue().get(f"said-{name}")
    return say(f"said-{name}") if known and "pattern" not in known else ""


def broken() -> Response:
    """What stands in the place of a page that broke; of whoever asked nothing is known then."""
    text = environment().get_template("broken.html").render(language=language())
    return Response(text, 500, HEADERS, "text/html; charset=utf-8")


@cache
def environment() -> Environment:
    """The templates, read once; a name that nobody gave is a mistake and not empty."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "t": say,
        "label": label,
        "word": word,
        "file": files.link,
        "link": address,
        "new_key": new_key,
    }
    made.filters |= {name: getattr(shown, name) for name in shown.__all__}
    return made
