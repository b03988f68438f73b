"""The list of an upload over HTTP: the rule set's fields, findings on rows, what was returned put right."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from api_uploads import Desk, desk_at, kept, manifest, officers_home
from batches import photograph, row


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk_at(officers_home(tmp_path_factory.mktemp("lists"))) as desk:
        yield desk


def checked(desk: Desk, *rows: dict[str, str], **more: Any) -> list[list[str]]:
    asked = {"rows": [{"fields": fields} for fields in rows], **more}
    answer = desk.li.post("/api/v1/lists/check", json=asked)
    assert answer.status_code == 200, answer.text
    return [[one["kind"] for one in notes] for notes in answer.json()["rows"]]


def photo(name: str, seed: int, **fields: str) -> dict[str, str]:
    return row(name, category="ZP", fonds="A014", **fields)


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_the_rules_tell_every_field_with_its_heading_and_values(desk: Desk) -> None:
    told = desk.li.get("/api/v1/rules", headers={"Accept-Language": "zh"}).json()
    fields = {one["field"]: one for one in told["fields"]}
    assert fields["title"]["required"] and fields["title"]["heading"] == "题名"
    assert {"value": "Y", "text": "永久"} in fields["retention"]["values"]
    assert {"value": "ZP", "text": "照片"} in fields["category"]["values"]
    assert "jpg" in next(one for one in told["formats"] if one["format"] == "jpeg")["extensions"]


def test_rows_are_judged_as_a_batch_would_be_and_in_their_order(desk: Desk) -> None:
    good, bad = photo("a.jpg", 1), photo("b.jpg", 2, date="2016-13-40", title="")
    first, second = checked(desk, good, bad)
    assert "field-missing" in second and len(second) > len(first)
    assert not any(kind == "field-missing" for kind in first)


def test_what_is_secret_is_refused_and_not_repeated(desk: Desk) -> None:
    asked = {
        "rows": [{"fields": photo("a.jpg", 1, title="机密★10年 调兵")}, {"fields": {}, "unknown": ["绝密"]}]
    }
    answer = desk.li.post("/api/v1/lists/check", json=asked)
    assert [[one["kind"] for one in notes] for notes in answer.json()["rows"]] == [["secrecy-refused"]] * 2
    assert "调兵" not in answer.text


def test_more_rows_than_a_request_may_have_are_refused(desk: Desk) -> None:
    answer = desk.li.post("/api/v1/lists/check", json={"rows": [{"fields": {}}] * 501})
    assert answer.status_code == 422


def test_the_list_of_an_upload_is_told_cell_by_cell_and_another_s_is_not_there(desk: Desk) -> None:
    upload = desk.begin()
    desk.put(upload, "manifest.csv", "题名,文件名,我们的栏\n甲,照片/甲.jpg,x\n乙,乙.jpg,\n".encode())
    desk.put(upload, "照片/甲.jpg", b"1")
    told = desk.li.get(f"/api/v1/uploads/{upload}/list").json()
    assert [one["field"] for one in told["columns"]] == ["title", "file", ""]
    assert told["rows"] == [["甲", "照片/甲.jpg", "x"], ["乙", "乙.jpg", ""]]
    assert told["files"] == [["照片/甲.jpg", 1]]
    assert desk.wang.get(f"/api/v1/uploads/{upload}/list").status_code == 404


def test_a_file_sent_instead_takes_the_place_of_a_zip_s_member_and_a_list_of_any(desk: Desk) -> None:
    upload = desk.begin()
    inside = {"manifest.xlsx": b"no workbook", "a.jpg": b"bad"}
    desk.li.put(f"/api/v1/uploads/{upload}/files/all.zip?unpack=true", content=zipped(inside))
    for name, content in {"manifest.csv": manifest(photo("a.jpg", 31)), "a.jpg": photograph(31)}.items():
        desk.li.put(f"/api/v1/uploads/{upload}/files/{name}?instead=true", content=content)
    told = desk.hand_in(upload)["result"]
    assert (told["state"], told["counts"]["registered"]) == ("registered", 1), told


def test_a_list_is_saved_in_the_place_of_the_one_that_was_read_and_of_no_other(desk: Desk) -> None:
    upload = desk.begin()
    there = f"/api/v1/uploads/{upload}"

    def tag() -> str:
        return str(desk.li.get(f"{there}/list").json()["tag"])

    assert tag() == ""
    first = desk.put(upload, "manifest.csv", b"file\na\n", **{"If-None-Match": "*"})
    assert first.status_code == 201
    assert first.headers["ETag"] == f'"{tag()}"' == desk.at(upload, "manifest.csv").headers["ETag"]
    again = desk.put(upload, "manifest.csv", b"file\nb\n", **{"If-None-Match": "*"})
    assert (again.status_code, again.json()["title"]) == (412, "upload-changed")
    second = desk.put(upload, "manifest.csv", b"file\nc\n", **{"If-Match": first.headers["ETag"]})
    assert second.status_code == 201
    assert second.headers["ETag"] != first.headers["ETag"]
    late = desk.put(upload, "manifest.csv", b"file\nd\n", **{"If-Match": first.headers["ETag"]})
    assert late.status_code == 412
    assert kept(desk, upload, "manifest.csv") == b"file\nc\n"
    assert len(desk.staged(upload)) == 1
    assert desk.li.get(there).json()["bytes"] == 7
    desk.li.delete(f"{there}/files/manifest.csv")
    gone = desk.put(upload, "manifest.csv", b"file\ne\n", **{"If-Match": second.headers["ETag"]})
    assert gone.status_code == 412


@pytest.mark.parametrize(
    "headers",
    [{"If-Match": "x"}, {"If-Match": '"0", "1"'}, {"If-None-Match": '"x"'}],
    ids=["no-tag", "two", "other"],
)
def test_a_condition_that_cannot_be_read_is_no_condition_that_is_met(
    desk: Desk, headers: dict[str, str]
) -> None:
    upload = desk.begin()
    assert desk.put(upload, "manifest.csv", b"file\n", **headers).status_code == 422
    assert desk.staged(upload) == []


def test_what_was_returned_stays_where_it_is_asked_for_and_only_that(desk: Desk) -> None:
    upload = desk.begin()
    lines = [photo("good.jpg", 41), photo("bad.jpg", 42), photo("absent.jpg", 43)]
    desk.put(upload, "manifest.csv", manifest(*lines))
    desk.put(upload, "good.jpg", photograph(41))
    desk.put(upload, "bad.jpg", photograph(42)[:50_000])
    told = desk.hand_in(upload, accept="passing", keep=True)["result"]
    assert told["counts"]["registered"] == 1, told
    left = desk.li.get(f"/api/v1/uploads/{upload}").json()
    assert (left["state"], left["batch"]) == ("open", told["batch"])
    assert sorted(one["path"] for one in left["listed"]) == ["bad.jpg", "manifest.csv"]
    rows = list(csv.DictReader(io.StringIO(kept(desk, upload, "manifest.csv").decode())))
    assert [one["file"] for one in rows] == ["bad.jpg", "absent.jpg"]
    desk.put(upload, "bad.jpg", photograph(42))
    desk.put(upload, "absent.jpg", photograph(43))
    again = desk.hand_in(upload, keep=True)["result"]
    assert (again["counts"]["registered"], again["counts"]["returned"]) == (2, 0), again
    assert desk.li.get(f"/api/v1/uploads/{upload}").json()["state"] == "taken"


def test_a_batch_that_was_returned_whole_keeps_every_file(desk: Desk) -> None:
    upload = desk.begin()
    desk.put(upload, "manifest.csv", manifest(photo("good.jpg", 51), photo("bad.jpg", 52)))
    desk.put(upload, "good.jpg", photograph(51))
    desk.put(upload, "bad.jpg", b"no photograph")
    assert desk.hand_in(upload, keep=True)["result"]["state"] == "returned"
    left = desk.li.get(f"/api/v1/uploads/{upload}").json()
    assert (left["state"], left["files"]) == ("open", 3)
    assert left["job"]


def test_nothing_of_a_batch_with_a_secret_row_stays(desk: Desk) -> None:
    upload = desk.begin()
    lines = [photo("good.jpg", 61), photo("bad.jpg", 62, title="机密★10年")]
    desk.put(upload, "manifest.csv", manifest(*lines))
    desk.put(upload, "good.jpg", photograph(61))
    assert desk.hand_in(upload, keep=True)["result"]["state"] == "returned"
    assert desk.li.get(f"/api/v1/uploads/{upload}").json()["state"] == "taken"
    assert desk.staged(upload) == []
