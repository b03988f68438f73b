"""The desk's pages: what each role may work at there, previewed and confirmed, and sent twice is once."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batches import lantai, new_home, row, write_batch
from doors import Door, doors
from forms_sent import fields, send
from media import pdf
from starlette.testclient import TestClient

API = "/api/v1"
CODES = [f"A014-WS·2016-Y-BGS-000{number}" for number in range(1, 7)]
DATES = ("19950110", "1996", "199703", "20160615", "20160616", "20160617")
PASSWORD = "a quiet reading room in spring"
PEOPLE = {
    "head": ("appraisal-head", "--fonds", "all"),
    "member": ("appraisal-member", "--fonds", "A014"),
    "officer": ("accession-officer", "--fonds", "A014"),
    "other": ("accession-officer", "--fonds", "B001"),
    "li": ("researcher", "--zone", "internal"),
}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder: Path = tmp_path_factory.mktemp("desk")
    home = new_home(folder)
    rows = [row(f"{place}.pdf", category="WS", date=date) for place, date in enumerate(DATES, 1)]
    rows[2]["opening_opinion"] = "控制"
    for one in rows:
        one.setdefault("opening_opinion", "")
    files = {f"{place}.pdf": pdf(place) for place in range(1, len(DATES) + 1)}
    lantai(home, "ingest", write_batch(folder / "batch", files, rows), status=0)
    for name, (role, *more) in PEOPLE.items():
        lantai(home, "account", "add", name, "--role", role, *more, status=0)
    with doors(home) as door:
        for name in ("head", "member", "officer"):
            _give_password(door, name)
        yield door


def _give_password(door: Door, name: str) -> None:
    code = lantai(door.archive.home, "account", "code", name, status=0).document["code"]
    asked = {"account": name, "code": code, "password": PASSWORD}
    assert door.stranger().put(f"{API}/account/first-password", json=asked).status_code < 300


def told(client: TestClient, code: str) -> Any:
    return client.get(f"{API}/items/{code}").json()


def test_everybody_finds_at_the_desk_what_is_theirs_and_nothing_else(door: Door) -> None:
    for account, there, not_there in (
        ("head", ("/desk/due", "/desk/destructions", "/desk/supervisions"), ("/desk/correct",)),
        ("officer", ("/desk/correct", "/desk/holds", "/desk/fonds"), ("/desk/due", "/desk/destructions")),
        ("li", ("/desk/retrievals/new", "/desk/fonds"), ("/desk/due", "/desk/holds", "/desk/supervisions")),
    ):
        text = door.signed_in(account).get("/desk").text
        assert all(f'href="{path}"' in text for path in there), account
        assert not any(f'href="{path}"' in text for path in not_there), account


@pytest.mark.parametrize("path", ["/desk/due", "/desk/holds", "/desk/destructions", "/desk/supervisions"])
def test_a_page_that_is_not_for_a_reader_is_not_there(door: Door, path: str) -> None:
    assert door.signed_in("li").get(path).status_code in (403, 404)


def test_a_decision_is_previewed_and_only_what_was_shown_is_decided(door: Door) -> None:
    head = door.signed_in("head")
    typed = {"which": f"{CODES[3]}\n{CODES[4]}", "status": "open", "reason": "已公开"}
    shown = send(head, "/desk/appraise", "/desk/appraise", "appraise", **typed)
    assert shown.status_code == 200 and CODES[4] in shown.text
    assert told(head, CODES[3])["access"] == "unreviewed"
    confirmed = fields(shown.text)
    done = head.post("/desk/appraise", data=confirmed, follow_redirects=False)
    assert (done.status_code, done.headers["location"]) == (303, "/desk?said=desk-appraised")
    assert [told(head, code)["access"] for code in CODES[3:5]] == ["open", "open"]
    again = head.post("/desk/appraise", data=confirmed, follow_redirects=False)
    assert again.status_code == 303, "sent twice is once"


def test_a_mistake_keeps_what_was_typed(door: Door) -> None:
    head = door.signed_in("head")
    typed = {"which": CODES[5], "status": "postponed", "reason": "涉及<个人>"}
    shown = send(head, "/desk/appraise", "/desk/appraise", "appraise", **typed)
    assert shown.status_code == 400
    assert 'role="alert"' in shown.text and "涉及&lt;个人&gt;" in shown.text and CODES[5] in shown.text


def test_what_is_due_is_opened_as_proposed_in_its_row_or_without_a_script(door: Door) -> None:
    head = door.signed_in("head")
    page = head.get("/desk/due")
    assert page.text.count("data-accept") == 2, "what the transferor would restrict is not proposed"
    sent = fields(page.text, "due") | {"reason": "满 25 年", "accept": CODES[0]}
    row_ = head.post("/desk/due", data=sent, headers={"HX-Request": "true"})
    assert row_.status_code == 200 and row_.text.lstrip().startswith("<tr")
    plain = send(head, "/desk/due", "/desk/due", "due", reason="满 25 年", accept=CODES[1])
    assert plain.status_code == 303
    assert [told(head, code)["access"] for code in CODES[:3]] == ["open", "open", "unreviewed"]
    again = send(head, "/desk/due", "/desk/due", "due", reason="满 25 年", accept=CODES[1])
    assert again.status_code == 400 and 'role="alert"' in again.text, "it is decided already"


def test_chosen_items_come_into_the_form_of_a_decision(door: Door) -> None:
    head = door.signed_in("head")
    begun = send(head, "/desk/appraise", "/desk/due", "due", step="begin", chosen=CODES[2])
    assert begun.status_code == 200 and CODES[2] in begun.text
    narrowed = {"status": "closed", "reason": "x", "back": "/desk/due?fonds=A014&within=90"}
    shown = head.post("/desk/appraise", data=fields(begun.text, "appraise") | {"which": CODES[2]} | narrowed)
    done = head.post("/desk/appraise", data=fields(shown.text), follow_redirects=False)
    assert done.headers["location"] == "/desk/due?fonds=A014&within=90&said=desk-appraised"


def test_a_correction_shows_old_and_new_before_it_is_entered(door: Door) -> None:
    officer = door.signed_in("officer")
    place = f"/desk/correct?item={CODES[3]}"
    nothing = send(officer, "/desk/correct", place, "describe-", reason="x")
    assert nothing.status_code == 422
    typed = {"field-title": "关于更正的通知", "reason": "写错"}
    shown = send(officer, "/desk/correct", place, "describe-", **typed)
    assert "<ins>关于更正的通知</ins>" in shown.text and "<del>" in shown.text
    assert told(officer, CODES[3])["title"] != "关于更正的通知"
    done = officer.post(
        "/desk/correct", data=fields(shown.text) | {"step": "confirm"}, follow_redirects=False
    )
    assert done.status_code == 303, done.text
    assert told(officer, CODES[3])["title"] == "关于更正的通知"


def test_what_somebody_else_corrected_meanwhile_is_not_written_over(door: Door) -> None:
    one, other = door.signed_in("officer"), door.signed_in("officer")
    place = f"/desk/correct?item={CODES[0]}"
    begun = fields(one.get(place).text, "describe-") | {"field-title": "甲改的题名", "reason": "错字"}
    shown = send(
        other, "/desk/correct", place, "describe-", **{"field-title": "乙改的题名", "reason": "错字"}
    )
    sealed = fields(shown.text) | {"step": "confirm"}
    twice = [other.post("/desk/correct", data=sealed).status_code for _ in range(2)]
    assert twice == [200, 200], "sent twice is once"
    late = one.post("/desk/correct", data=begun)
    assert late.status_code == 409 and all(text in late.text for text in ("甲改的题名", "乙改的题名"))
    assert one.post("/desk/correct", data=fields(late.text, "describe-") | begun).status_code == 409
    anew = begun | fields(late.text, "describe-")
    assert "<del>乙改的题名</del>" in one.post("/desk/correct", data=anew).text


def test_taking_out_of_use_asks_for_the_code(door: Door) -> None:
    officer = door.signed_in("officer")
    place = f"/desk/correct?item={CODES[4]}"
    wrong = send(officer, "/desk/withdraw", place, "withdraw-", reason="重份", typed="yes")
    assert wrong.status_code == 422 and not told(officer, CODES[4])["withdrawn"]
    right = send(officer, "/desk/withdraw", place, "withdraw-", reason="重份", typed=CODES[4])
    assert right.status_code == 303 and told(officer, CODES[4])["withdrawn"]


def test_another_code_is_given_and_one_that_is_taken_is_refused_in_place(door: Door) -> None:
    officer = door.signed_in("officer")
    place = f"/desk/correct?item={CODES[3]}"
    taken = send(officer, "/desk/recode", place, "recode-", new_code=CODES[2], reason="错号")
    assert taken.status_code == 409 and 'role="alert"' in taken.text
    done = send(officer, "/desk/recode", place, "recode-", new_code="A014-WS·2016-Y-BGS-0044", reason="错号")
    assert done.status_code == 303, done.text
    assert told(officer, CODES[3])["code"].endswith("0044")


def test_who_does_not_handle_a_fonds_corrects_nothing_of_it(door: Door) -> None:
    answer = door.signed_in("other").get(f"/desk/correct?item={CODES[2]}")
    assert answer.status_code == 404 and CODES[2] in answer.text, "the code is what they typed"


def test_a_hold_is_placed_listed_and_lifted(door: Door) -> None:
    officer = door.signed_in("officer")
    assert (
        send(officer, "/desk/holds", "/desk/holds", "hold", which=CODES[5], reason="诉讼").status_code == 303
    )
    shown = officer.get("/desk/holds").text
    assert CODES[5] in shown and "诉讼" in shown
    wrong = send(officer, "/desk/holds", "/desk/holds", "hold", which=f"{CODES[5]} NO-SUCH", reason="审计")
    assert wrong.status_code == 404 and "<li>NO-SUCH:" in wrong.text and f"<li>{CODES[5]}:" not in wrong.text
    lifted = officer.post(
        "/desk/holds", data=fields(shown, "hold") | {"step": "lift", "which": CODES[5], "reason": "结案"}
    )
    assert lifted.status_code == 200 and CODES[5] not in lifted.text


def test_a_request_is_asked_granted_with_a_passcode_shown_once_and_opened(door: Door) -> None:
    reader, officer = door.signed_in("li"), door.signed_in("officer", proves=False)
    asked = send(
        reader,
        "/desk/retrievals/new",
        "/desk/retrievals/new",
        "ask",
        item=CODES[5],
        purpose="撰写厅史",
        mode="view",
    )
    place = asked.headers["location"].partition("?")[0]
    assert asked.status_code == 303 and place.startswith("/desk/retrievals/r")
    unproved = send(officer, f"{place}/decision", place, "grant", until="2099", reason="x", password="no")
    assert unproved.status_code in (401, 403) and "passcode" not in unproved.text.partition("<main")[0]
    terms = {"until": time.strftime("%Y-12-31"), "reason": "厅史", "password": PASSWORD}
    granted = send(officer, f"{place}/decision", place, "grant", **terms)
    assert granted.status_code == 200, granted.text
    passcode = re.search(r'class="once"[^>]*>([^<]+)<', granted.text)
    assert passcode and passcode[1] not in officer.get(place).text
    wrong = send(reader, f"{place}/opening", place, passcode="not it")
    assert wrong.status_code == 403 and "not it" not in wrong.text
    right = send(reader, f"{place}/opening", place, passcode=passcode[1])
    assert right.status_code == 303 and right.headers["location"].startswith("/items/")


def test_a_request_of_others_is_not_there(door: Door) -> None:
    reader, officer = door.signed_in("li"), door.signed_in("officer")
    asked = send(
        reader, "/desk/retrievals/new", "/desk/retrievals/new", "ask", item=CODES[2], purpose="x", mode="copy"
    )
    place = asked.headers["location"].partition("?")[0]
    assert door.signed_in("other").get(place).status_code == 404
    assert door.signed_in("member").get(place).status_code == 404
    refused = send(officer, f"{place}/decision", place, "refuse", reason="不宜", password=PASSWORD)
    assert refused.status_code == 303, refused.text
    assert "不宜" in reader.get(place).text


def test_a_destruction_is_tried_ordered_by_its_code_and_witnessed_by_two(door: Door) -> None:
    head, member, officer = (door.signed_in(name, proves=False) for name in ("head", "member", "officer"))
    new = "/desk/destructions/new"
    tried = send(head, new, new, "destroy", which=CODES[2], reason="鉴字〔2026〕3号", step="try")
    assert tried.status_code == 200 and CODES[2] in tried.text
    assert "the retention period is not over" in tried.text
    sealed = fields(tried.text, "order") | {"step": "order", "password": PASSWORD}
    wrong = head.post(new, data=sealed | {"typed": "yes"})
    assert wrong.status_code == 422 and head.get("/desk/destructions").text.count('class="tile') == 0
    ordered = head.post(
        new, data=fields(wrong.text, "order") | sealed | {"typed": CODES[2]}, follow_redirects=False
    )
    assert ordered.headers["location"] == "/desk/destructions?said=desk-ordered", ordered.text
    listed = member.get("/desk/supervisions").text
    place = re.search(r'href="(/desk/supervisions/p[0-9a-f]+)"', listed)
    assert place
    for witness in (member, officer):
        sent = send(witness, place[1], place[1], password=PASSWORD)
        assert sent.status_code == 303, sent.text
        ended = _ended(witness, sent.headers["location"])
        assert 'role="alert"' not in ended, ended
        if witness is member:  # it waits for the other one alone
            assert waits(member) == [False, False] and waits(officer) == [True, True]
    assert CODES[2] in head.get("/desk/destructions").text
    whole = re.search(r'href="(/desk/destructions/d[^"]+)"', head.get("/desk/destructions").text)
    assert whole
    paper = head.get(whole[1]).text
    assert all(text in paper for text in (CODES[2], "member", "officer")), paper
    assert "destroyed" in told(head, CODES[2])


def waits(client: TestClient) -> list[bool]:
    """Whether the first page and the desk's say that an order waits for this witness."""
    headers = {"Accept-Language": "en"}
    pages = [client.get(path, headers=headers).text.partition("<main")[2] for path in ("/", "/desk")]
    tile = pages[1].partition('href="/desk/supervisions"')[2].partition("</li>")[0]
    return ['href="/desk/supervisions"' in pages[0], 'class="state' in tile]


def _ended(client: TestClient, place: str) -> str:
    """The page of a work once it has ended."""
    for _ in range(1000):
        text = client.get(place).text
        if "hx-trigger" not in text:
            return text
        time.sleep(0.02)
    raise AssertionError(text)


def test_a_fonds_is_entered_named_anew_linked_and_given_papers(door: Door) -> None:
    officer = door.signed_in("officer")
    entered = {"fonds": "A014", "name": "山东省水利厅", "since": "1949", "reason": "建档"}
    assert send(officer, "/desk/fonds", "/desk/fonds", "enter", **entered).status_code == 303
    place = "/desk/fonds/A014"
    named = {"name": "山东省水务厅", "since": "2018-10", "reason": "机构改革"}
    assert send(officer, place, place, "names", **named).status_code == 303
    mistake = send(officer, place, place, "names", **named | {"since": "soon", "name": "别名"})
    assert mistake.status_code == 400 and "别名" in mistake.text and "soon" in mistake.text
    guide = {"guide": "水利行政。\n\n第二段。", "since": "1949", "reason": "编写指南"}
    assert send(officer, place, place, "description", **guide).status_code == 303
    paper = {"section": "introduction", "title": "全宗介绍", "text": "一九四九年成立。"}
    assert send(officer, place, place, "file", **paper).status_code == 303
    shown = officer.get(place).text
    assert "山东省水务厅" in shown and "第二段。" in shown and "全宗介绍" in shown
    link = re.search(r'href="(/desk/fonds/A014/papers/[^"]+)"', shown)
    assert link and "一九四九年成立。" in officer.get(link[1]).text
    outside = door.signed_in("li").get(place).text
    assert "全宗介绍" not in outside and "水利行政" in outside, "the guide is public, the file is not"
