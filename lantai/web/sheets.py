"""Templates and what every one of them has: words, marks, links to files, the rooms open to the reader.

Not here: what a page asks the API (`lantai.web.page` and the pages), the words themselves (`lantai/words`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from lantai.messages import Language, catalogue, label, language, reading, say, word
from lantai.web import files, shown
from lantai.web.asking import address
from lantai.web.forms import new_key
from lantai.web.headers import HEADERS

FOLDER = Path(__file__).parent / "templates"


def sheet(language: Language, template: str, status: int, values: Mapping[str, object]) -> Response:
    """The template in this language, filled in with what every page has and what this one shows."""
    with reading(language):
        text = environment().get_template(template).render({"problem": None, "form": {}} | dict(values))
    return Response(text, status, HEADERS, "text/html; charset=utf-8")


def said(name: str) -> str:
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
