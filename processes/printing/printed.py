"""A form filled in and set as PDF/A: `printed(form, data, language)`.

A form is a Typst template, `forms/<form>.typ`, which imports `sheet.typ` (page, type, head, signatures) and
reads its data with `#let data = filled()`: JSON, never a piece of source, so that nothing in a title is an
instruction. What is set is declared as PDF/A-2u: fonts embedded, every character known again, no link to
anything outside. No validator is at hand; structure is checked by tests, and "declared" is the word for it.

A form that has `rows` gets long ones in parts (`first` and `last` tell which), joined to one file.

A character that no font here has is printed as its number, `[U+1F600]`, rather than as an empty box.

Not here: what stands on a paper (`processes.reporting` and whoever else prints), where fonts lie on this
machine (`lantai.printing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from policies.canonical import canonical
from policies.errors import LantaiError
from processes.printing import setting

FORMS = Path(__file__).parent / "forms"
LANGUAGES = ("zh", "en")
ROWS_AT_ONCE = 2_000
"""More rows are set part by part, so that memory stays flat; then pages are numbered without their sum."""


class NoFont(LantaiError):
    """No font with Chinese characters is on this machine, so nothing can be printed."""

    code = "no-font"

    def __init__(self) -> None:
        super().__init__(
            "no font with Chinese characters is here: run `make setup`, or install Noto Sans CJK or WenQuanYi"
        )


class NotPrinted(LantaiError):
    """A paper could not be set; the form and what was wrong with it are named."""

    code = "not-printed"


def printed(
    form: str,
    data: Mapping[str, object],
    language: str = "zh",
    *,
    fonts: Sequence[Path] = (),
    when: datetime | None = None,
) -> bytes:
    """The PDF/A of `forms/<form>.typ` filled with `data` (what JSON holds: str, int, bool, None, list, dict).

    `language` is `zh` or `en` and chooses the form's own words; `fonts` are folders to look for fonts in
    before the system's; `when` is written into the file as the time it was made (default: now). The same
    arguments give the same bytes. Raises `NoFont`, `NotPrinted`; ValueError for a form that there is not.
    """
    source = FORMS / f"{form}.typ"
    if not form.replace("-", "").isalnum() or not source.is_file() or language not in LANGUAGES:
        raise ValueError(f"no form {form!r} in {language!r}")
    moment = (when or datetime.now(UTC)).astimezone(UTC)
    folders = tuple(fonts)
    families = setting.families(folders)
    if not families:
        raise NoFont
    parts: list[bytes] = []
    pages = 0
    split = _parts(setting.printable(dict(data), folders))
    for number, part in enumerate(split):
        given = {
            "data": canonical(part).decode(),
            "language": language,
            "fonts": "\n".join(families),
            "made": moment.strftime("%Y-%m-%d"),
            "page": str(pages + 1),
            "whole": "yes" if len(split) == 1 else "",
        }
        try:
            parts.append(setting.pdf(source, given, folders, int(moment.timestamp())))
        except setting.Unset as error:
            raise NotPrinted(f"the form {form} could not be set: {error}") from None
        pages += setting.pages(parts[-1]) if number + 1 < len(split) else 0
    return setting.joined(parts)


def _parts(data: dict[str, Any]) -> list[dict[str, Any]]:
    """What is set at once: long `rows` in parts, of which the first has the head and the last what is
    signed."""
    rows = data.get("rows")
    if not isinstance(rows, list) or len(rows) <= ROWS_AT_ONCE:
        return [data]
    cut = [rows[start : start + ROWS_AT_ONCE] for start in range(0, len(rows), ROWS_AT_ONCE)]
    parts = [{**data, "rows": part, "first": False, "last": False} for part in cut]
    parts[0]["first"] = parts[-1]["last"] = True
    return parts
