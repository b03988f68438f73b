"""Reports over HTTP and in the workbench: who may, what stands there, files in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from doors import Door, doors
from staff import PHOTOGRAPHS, staffed

from lantai.reporting import KINDS
from lantai.web.reports_charts import of_year

API = "/api/v1"
MAY = ("officer", "records", "member", "head", "editor")
MAY_NOT = ("scanner", "researcher", "operator", "auditor", "sysadmin", "security")


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with doors(staffed(tmp_path_factory.mktemp("reports"))) as door:
        yield door


@pytest.mark.parametrize("account", MAY)
def test_whoever_may_opens_every_report(door: Door, account: str) -> None:
    client = door.signed_in(account)
    for kind in KINDS:
        page = client.get(f"/reports/{kind}?fonds=A014")
        assert page.status_code == 200, (kind, page.text[-500:])
        assert "<style" not in page.text and " style=" not in page.text


@pytest.mark.parametrize("account", MAY_NOT)
def test_for_others_there_is_nothing(door: Door, account: str) -> None:
    client = door.signed_in(account)
    assert client.get("/reports").status_code == 404
    assert client.get(f"{API}/reports/holdings").status_code == 404
    assert client.get(f"{API}/reports/items/list?fonds=A014").status_code == 404


def test_an_editor_sees_open_titles_alone(door: Door) -> None:
    client = door.signed_in("editor")
    held = client.get(f"{API}/reports/holdings").json()
    assert held["totals"]["items"] == 2
    assert client.get(f"{API}/reports/items/list?format=json&fonds=A014").json()["rows"] == []
    rows = client.get(f"{API}/reports/open/list?format=json").json()["rows"]
    assert [row["code"] for row in rows] == list(PHOTOGRAPHS)


def test_a_list_asks_for_its_fonds_first(door: Door) -> None:
    client = door.signed_in("officer")
    assert client.get(f"{API}/reports/items").status_code == 400
    page = client.get("/reports/items", headers={"Accept-Language": "en"})
    assert page.status_code == 200 and "Choose a fonds first" in page.text


def test_files_come_in_the_language_of_the_pages(door: Door) -> None:
    client = door.signed_in("officer")
    client.cookies.set("lantai-language", "zh")
    csv = client.get("/reports/items/file?fonds=A014&format=csv")
    assert csv.content.decode("utf-8-sig").splitlines()[0] == "序号,档号,文号,责任者,题名,日期,密级,页数,备注"
    assert csv.headers["content-disposition"].startswith("attachment")
    assert client.get("/reports/items/file?fonds=A014&format=xlsx").content[:2] == b"PK"
    pdf = client.get("/reports/statistics/file?format=pdf")
    assert pdf.content[:5] == b"%PDF-" and pdf.headers["content-type"] == "application/pdf"


def test_what_there_is_not_is_not_found(door: Door) -> None:
    client = door.signed_in("officer")
    assert client.get("/reports/nothing").status_code == 404
    assert client.get(f"{API}/reports/nothing").status_code == 404
    assert client.get(f"{API}/reports/holdings/list?table=nothing").status_code == 404
    assert client.get(f"{API}/reports/holdings/list?format=json").status_code == 404
    assert client.get(f"{API}/reports/{quote('../accounts', safe='')}").status_code == 404


def test_a_list_that_was_given_stands_in_the_use_journal(door: Door) -> None:
    door.signed_in("records").get(f"{API}/reports/items/list?fonds=A014&format=csv")
    uses = door.signed_in("auditor").get(f"{API}/uses?account=records&kind=list").json()["uses"]
    assert uses[0]["request"] == "GET /reports/{kind}/list"


def test_hostile_values_are_text_and_find_nothing(door: Door) -> None:
    client = door.signed_in("officer")
    hostile = "<script>alert(1)</script>"
    page = client.get("/reports/items", params={"fonds": hostile, "volume": hostile})
    assert page.status_code == 200 and hostile not in page.text
    assert client.get("/reports/destruction?until=abcd").status_code == 200


def test_statistics_of_many_fonds_show_all_years_and_the_fonds_of_one() -> None:
    rows = [
        {"year": year, "fonds": fonds} for year in ("2025", "2026") for fonds in [*map(str, range(200)), ""]
    ]
    told = {"report": "statistics", "tables": [{"table": "year", "rows": rows}]}
    shown, years = of_year(told, "")
    assert [value for value, _ in years] == ["2026", "2025"]
    kept = shown["tables"][0]["rows"]
    assert [row["year"] for row in kept if row["fonds"] == ""] == ["2025", "2026"]
    assert {row["year"] for row in kept if row["fonds"]} == {"2026"}
    assert {row["year"] for row in of_year(told, "2025")[0]["tables"][0]["rows"] if row["fonds"]} == {"2025"}
    few = {"report": "statistics", "tables": [{"table": "year", "rows": rows[:9]}]}
    assert of_year(few, "2025") == (few, [])
