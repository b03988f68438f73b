"""Papers printed here: forms of `processes.printing` with the fonts that set-up brought, else the system's.

Not here: forms (`processes/printing/forms`), what stands on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from lantai.messages import Language
from processes.printing.printed import printed

_GOOGLE = Path(__file__).parent / "web" / "front" / "node_modules" / "@expo-google-fonts"
FONTS = (
    _GOOGLE / "noto-sans-sc" / "400Regular",
    _GOOGLE / "noto-sans-sc" / "700Bold",
    _GOOGLE / "noto-serif-tibetan" / "400Regular",
    _GOOGLE / "noto-sans-arabic" / "400Regular",
    _GOOGLE / "noto-sans-mongolian" / "400Regular",
    _GOOGLE / "noto-sans-yi" / "400Regular",
)
"""Folders with the fonts that papers are set in; where they are not installed the system's are used."""


def paper(
    form: str, data: Mapping[str, object], language: Language = "zh", *, when: datetime | None = None
) -> bytes:
    """The PDF/A of a form (`processes.printing.printed.printed`). Raises `NoFont`, `NotPrinted`."""
    return printed(form, data, language, fonts=FONTS, when=when)
