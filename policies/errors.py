"""The root of every error that Lantai raises. A library's exception never leaves the room that uses it."""

from __future__ import annotations


class LantaiError(Exception):
    """Something that a caller may be told. `code` is stable; the text is for people."""

    code: str = "error"
