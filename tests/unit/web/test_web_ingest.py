"""Pages of handing in: an upload, trying it, the report, what was returned put right, the register."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batches import photograph, row
from doors import CSRF, Door, doors
from staff import staffed
from starlette.testclient import TestClient

from lantai.messages import catalogue
from lantai.report_page import PAGE, SQUARES, Asked, of_document

ODD = "<b>名</b> & 𠮷野家 عربى “x”"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with doors(staffed(tmp_path_factory.mktemp("ingest-pages"))) as door:
        yield door


@pytest.fixture(scope="module")
def officer(door: Door) -> TestClient:
    client = door.signed_in("officer")
    client.headers["Accept-Language"] = "en"
    return client


def manifest(*lines: dict[str, str]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(lines[0]))
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode()


def sent(client: TestClient, to: str, /, **fields: str) -> Any:
    return client.post(to, data={"csrf": CSRF, **fields}, follow_redirects=False)


def begun(
    officer: TestClient, name: str = "2016", *, files: dict[str, bytes], lines: list[dict[str, str]]
) -> str:
    there = str(sent(officer, "/ingest", name=name).headers["location"])
    upload = there.rpartition("/")[2]
    for path, content in {"manifest.csv": manifest(*lines), **files}.items():
        answer = officer.put(f"/api/v1/uploads/{upload}/files/{path}", content=content)
        assert answer.status_code == 201, answer.text
    return there


def followed(officer: TestClient, there: str) -> str:
    """Where the progress of an upload leads once its work is over."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        answer = officer.get(f"{there}/progress", headers={"HX-Request": "true"})
        if answer.status_code == 204:
            return str(answer.headers["hx-redirect"])
        assert 'hx-trigger="every 2s"' in answer.text
        time.sleep(0.05)
    raise AssertionError("it does not end")


def photo(name: str, **fields: str) -> dict[str, str]:
    return row(name, category="ZP", fonds="A014", **fields)


def test_the_page_of_handing_in_shows_where_to_drop_and_the_newest_batches(officer: TestClient) -> None:
    text = officer.get("/ingest").text
    assert "Drop a folder or a ZIP here" in text
    assert "/ingest/batches/" in text
    assert "style=" not in text and "onclick" not in text


def test_whoever_hands_nothing_in_finds_no_page_of_it(door: Door) -> None:
    assert door.signed_in("researcher").get("/ingest").status_code == 404
    assert "Drop" not in door.signed_in("researcher").get("/ingest").text


def test_names_in_every_script_stand_on_the_pages_as_they_are(officer: TestClient) -> None:
    name = f"{ODD}.jpg"
    there = begun(officer, ODD, files={name: photograph(71)}, lines=[photo(name)])
    for path in (there, "/ingest", f"{there}/list"):
        text = officer.get(path).text
        assert "<b>名</b>" not in text
        assert "𠮷野家 عربى" in text


def test_a_form_sent_twice_makes_one_upload(officer: TestClient) -> None:
    key = re.search(r'name="key" value="([^"]+)"', officer.get("/ingest").text)
    assert key is not None
    places = {sent(officer, "/ingest", name="twice", key=key[1]).headers["location"] for _ in range(2)}
    assert len(places) == 1


def test_a_trial_tells_every_finding_and_writes_nothing(officer: TestClient) -> None:
    batches = officer.get("/api/v1/batches").json()
    lines = [photo("a.jpg"), photo("b.jpg"), photo("absent.jpg")]
    there = begun(officer, files={"a.jpg": photograph(72), "b.jpg": b"nothing"}, lines=lines)
    assert sent(officer, f"{there}/batch", what="trial", accept="all").headers["location"].startswith(there)
    assert followed(officer, there) == f"{there}/trial"
    text = officer.get(f"{there}/trial").text
    assert "What is at fault" in text and "absent.jpg" in text and "would be" not in text
    assert "square registered" in text or "square with" in text
    assert officer.get("/api/v1/batches").json() == batches
    page = officer.get(there).text
    assert 'data-needed="b.jpg"' in page and 'data-needed="absent.jpg"' in page


def test_what_was_returned_is_put_right_and_only_that(officer: TestClient) -> None:
    lines = [photo("c.jpg"), photo("d.jpg")]
    there = begun(officer, files={"c.jpg": photograph(73), "d.jpg": photograph(74)[:60_000]}, lines=lines)
    sent(officer, f"{there}/batch", what="batch", accept="passing")
    batch = followed(officer, there)
    text = officer.get(batch).text
    assert f'href="{there}"' in text and "Put right what was returned" in text
    page = officer.get(there).text
    assert 'data-needed="d.jpg"' in page and 'data-needed="c.jpg"' not in page
    assert '<option value="passing" selected>' in page, "as it was handed in before"
    officer.put(f"/api/v1/uploads/{there.rpartition('/')[2]}/files/d.jpg", content=photograph(74))
    sent(officer, f"{there}/batch", what="batch", accept="passing")
    again = followed(officer, there)
    assert again != batch
    assert "Put right" not in officer.get(again).text
    assert officer.get(there, follow_redirects=False).headers["location"] == again


def test_a_mistake_shows_the_form_again_with_what_was_typed(officer: TestClient) -> None:
    there = str(sent(officer, "/ingest", name="empty").headers["location"])
    answer = sent(officer, f"{there}/batch", what="batch", accept="passing", fonds="A0<14")
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text


def test_the_register_is_a_page_and_a_paper(officer: TestClient) -> None:
    batches = officer.get("/api/v1/batches").json()["batches"]
    batch = next(one["batch"] for one in batches if one["registered"] == 5)
    text = officer.get(f"/ingest/batches/{batch}/register").text
    assert "5 items handed over, 5 registered" in text
    told = officer.get(f"/api/v1/batches/{batch}/register").json()
    assert told["first"] and [one["failed"] for one in told["inspected"]] == [0, 0, 0, 0]
    paper = officer.get(f"/api/v1/batches/{batch}/register?format=pdf")
    assert paper.content.startswith(b"%PDF"), paper.text


def test_batches_are_narrowed_and_said_to_be(officer: TestClient) -> None:
    every, none = (officer.get(f"/ingest/batches{query}").text for query in ("", "?state=waiting"))
    assert every.count("data-row") > none.count("data-row") == 0
    assert "1 batch<" not in every
    assert "0 batches" in none and '<a href="/ingest/batches">All</a>' in none
    assert officer.get("/ingest/batches?state=odd").text.count("data-row") == every.count("data-row")


def test_batches_go_on_where_a_page_ended_and_from_the_first_where_that_is_gone(
    officer: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lantai.web.batches.PAGE", 1)
    first = officer.get("/ingest/batches").text
    further = re.search(r'href="(/ingest/batches\?cursor=[^"]+)" *>Older batches', first)
    assert further is not None
    second = officer.get(further[1]).text
    named = re.compile(r'href="/ingest/batches/(b[^"/]+)"')
    assert len(named.findall(first)) == len(named.findall(second)) == 1
    assert named.findall(first) != named.findall(second)
    assert "Newest batches" in second
    gone = officer.get("/ingest/batches?cursor=b-none&state=registered", follow_redirects=False)
    assert (gone.status_code, gone.headers["location"]) == (303, "/ingest/batches?state=registered")


def test_an_upload_is_removed_with_all_that_came(officer: TestClient) -> None:
    there = begun(officer, files={"e.jpg": b"1"}, lines=[photo("e.jpg")])
    assert sent(officer, f"{there}/file-removal", path="e.jpg").status_code == 303
    assert "e.jpg" not in officer.get(there).text
    assert sent(officer, f"{there}/removal").headers["location"] == "/ingest?said=ingest-removed"
    assert officer.get(there).status_code == 404


def test_another_s_upload_is_as_none(door: Door, officer: TestClient) -> None:
    there = begun(officer, files={"f.jpg": b"1"}, lines=[photo("f.jpg")])
    other = door.signed_in("records")
    assert other.get(there).status_code == 404
    assert sent(other, f"{there}/removal").status_code == 404


def test_ten_thousand_findings_are_a_page_of_a_hundred_and_a_table_of_kinds() -> None:
    note = {"severity": "fail", "code": "2-4", "kind": "field-missing", "file": "", "field": "title"}
    items = [
        {
            "row": n,
            "place": n + 1,
            "file": f"{n}.jpg",
            "code": None,
            "outcome": "returned",
            "findings": [note],
        }
        for n in range(1, 10_001)
    ]
    report = {"state": "returned", "findings": [], "items": items, "counts": {}}
    shown = of_document(report, Asked("field-missing", "", 100))
    assert (len(shown["items"]), shown["pages"], shown["page"]) == (PAGE, 100, 100)
    assert [(one["kind"], one["times"]) for one in shown["kinds"]] == [("field-missing", 10_000)]
    assert len(shown["squares"]) <= SQUARES and sum(one["number"] for one in shown["squares"]) == 10_000
    assert of_document(report, Asked("", "", 999_999))["page"] == 100
    assert of_document(report, Asked("", "registered", 1))["matching"] == 0


def test_an_odd_address_of_a_report_is_its_first_page(officer: TestClient) -> None:
    batch = officer.get("/api/v1/batches").json()["batches"][-1]["batch"]
    for query in ("page=x", "page=0", "page=99999999999", "only=nothing", "kind=" + "x" * 500):
        assert officer.get(f"/ingest/batches/{batch}?{query}").status_code == 200


def test_every_word_of_the_scripts_is_there_in_both_languages() -> None:
    scripts = Path("lantai/web/static/js")
    used = set()
    for name in ("upload", "list"):
        used |= set(re.findall(r'words\("([a-z-]+)"', (scripts / f"{name}.js").read_text("utf-8")))
    used |= {"counting", "count-fail", "count-good", "saved", "saving", "fail", "warn", "good"}
    assert not {key for key in used if f"ingest-js-{key}" not in catalogue()}
