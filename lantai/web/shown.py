"""Values as people read them: sizes, times, counts, days. Pure. Not here: words (`lantai.messages`)."""

from __future__ import annotations

from datetime import UTC, datetime

from lantai.messages import language

__all__ = ["count", "day", "moment", "percent", "size", "weekday"]

_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")


def size(bytes_: int) -> str:
    """1536 → 1.5 KB, by thousands, three figures."""
    value, unit = float(bytes_), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return (
        f"{bytes_} B"
        if unit == 0
        else f"{value:.3g} {_UNITS[unit]}"
        if value < 999.5
        else f"{value:.0f} {_UNITS[unit]}"
    )


def count(number: int) -> str:
    """12345 → 12,345."""
    return f"{number:,}"


def percent(share: float) -> str:
    """0.256 → 25.6 %."""
    return f"{share * 100:.3g} %"


def day(text: str) -> str:
    """The day of a time as the ledger writes it; a date of a record as it is: 19490000 → 1949."""
    if len(text) == 8 and text.isdigit():
        parts = [text[:4], *[part for part in (text[4:6], text[6:]) if part != "00"]]
        return "-".join(parts)
    return text[:10]


def weekday(time: datetime) -> str:
    """A day as it stands at the head of a page, with its weekday."""
    if language() == "zh":
        return f"{time:%Y年%-m月%-d日} 星期{'一二三四五六日'[time.weekday()]}"
    return f"{time:%A, %-d %B %Y}"


def moment(text: str) -> str:
    """A time as the ledger writes it (UTC), in this machine's zone, to the minute."""
    try:
        local = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).astimezone()
    except ValueError:
        return text
    return local.strftime("%Y年%-m月%-d日 %H:%M" if language() == "zh" else "%-d %b %Y, %H:%M")
