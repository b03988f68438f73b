"""What charts of reports show, as `js/charts.js` takes it. Values in, values out; the table beside says
the same.

Not here: drawing, figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lantai.messages import say, word

MOST = 40
"""So many bars a chart has: the newest, of what falls due the next."""
ROWS = 300
"""So many rows of annual statistics are looked at in one table."""
BY_VALUE = frozenset({"fonds", "category", "format", "retention", "access"})
_SERIES: dict[str, tuple[tuple[str, str], ...]] = {
    "use": (("search", "ink-2"), ("view", "good"), ("download", "waiting"), ("export", "closed")),
    "growth": (("all_items", "good"),),
    "statistics": (("items", "good"), ("opened", "waiting"), ("used", "closed")),
}

Table = Mapping[str, Any]


def charts_of(told: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """A chart for each table along time that has more than one row, by the table's name."""
    tables = [table for table in told["tables"] if table["table"] not in BY_VALUE]
    found = {table["table"]: _chart(told, table) for table in tables}
    return {name: chart for name, chart in found.items() if len(chart["x"]) > 1}


def value_told(told: Mapping[str, Any], column: str, value: object) -> str:
    """A value of a column as people call it."""
    if column == "access":
        return word("access", str(value))
    if column == "fonds" and value == "":
        return say("report-sum")
    return str(told.get("names", {}).get(column, {}).get(value, value))


def _chart(told: Mapping[str, Any], table: Table) -> dict[str, Any]:
    report = told["report"]
    rows = _chosen(report, table)
    along = table["columns"][0]
    wanted = _SERIES.get(report, (("items", "good"),))
    series = [
        {"name": word("report-column", column), "colour": colour, "data": [row[column] for row in rows]}
        for column, colour in wanted
        if column in table["columns"]
    ]
    kind = "line" if report == "growth" else "bar"
    return {
        "kind": kind,
        "stacked": report == "use",
        "x": [value_told(told, along, row[along]) for row in rows],
        "series": series,
    }


def _chosen(report: str, table: Table) -> list[Mapping[str, Any]]:
    rows = [row for row in table["rows"] if report != "statistics" or row["fonds"] == ""]
    return rows[:MOST] if table["table"] in ("opening", "retention-end") else rows[-MOST:]


def drawn_by(table: Table) -> str:
    """The column by which a table of values is drawn in its own rows, with no chart beside it; "" for one
    along time.
    """
    if table["table"] not in BY_VALUE:
        return ""
    return "items" if "items" in table["columns"] else "view"


def of_year(told: Mapping[str, Any], year: str) -> tuple[Mapping[str, Any], list[tuple[str, str]]]:
    """Annual statistics as one looks at them, and the years that there are to choose from, newest first.

    Where rows are many, those are the sums of all years and the fonds of one, the newest unless another is
    chosen.
    """
    (table,) = told["tables"]
    if len(table["rows"]) <= ROWS:
        return told, []
    years = sorted({row["year"] for row in table["rows"]}, reverse=True)
    shown = year if year in years else years[0]
    rows = [row for row in table["rows"] if row["fonds"] == "" or row["year"] == shown]
    return {**told, "tables": [{**table, "rows": rows}]}, [(one, one) for one in years]


def choices_of(held: Mapping[str, Any], column: str, first: str) -> list[tuple[str, str]]:
    """What one may choose of a column: the values that are held, each as people call it, behind `first`."""
    tables = [table["rows"] for table in held["tables"] if table["table"] == column]
    values = [row[column] for rows in tables for row in rows if row[column]]
    return [("", first), *((value, value_told(held, column, value)) for value in values)]
