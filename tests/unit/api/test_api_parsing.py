"""What a request may look like at all: headers, queries and JSON that two readers could read differently."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.api.faults import BadRequest, HeadersTooLarge, Malformed, WrongType
from lantai.api.matching import Place
from lantai.api.parsing import EXACT, MOST_DEPTH, need_headers, need_json, need_query

JSON = b"application/json"
PLACE = Place("GET", "/search", re.compile("/search"), frozenset({"query", "limit"}), frozenset({"fonds"}))

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-EXACT, EXACT)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), inner)
    ),
    max_leaves=20,
)


@given(plain)
def test_json_that_every_reader_reads_alike_is_read(value: object) -> None:
    assert need_json(JSON, json.dumps(value).encode()) == value
    assert (
        need_json(b'application/json; charset="UTF-8"', json.dumps(value, ensure_ascii=False).encode())
        == value
    )


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_or_refused_with_its_place(body: bytes) -> None:
    try:
        need_json(JSON, body)
    except Malformed as fault:
        assert fault.mistakes


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('{"a": 1, "a": 2}', "body.a: it stands there twice"),
        ('{"b": {"a": 1, "\\u0061": 2}}', "body.a: it stands there twice"),
        ("[" * (MOST_DEPTH + 1) + "]" * (MOST_DEPTH + 1), "nested deeper than"),
        ("[" * 100_000 + "]" * 100_000, "nested deeper than"),
        (str(EXACT + 1), "larger than every reader keeps"),
        ("-" + str(EXACT + 1), "larger than every reader keeps"),
        ("9" * 100_000, "larger than every reader keeps"),
        ("1e999", "too large"),
        ("NaN", "NaN is no JSON"),
        ("-Infinity", "-Infinity is no JSON"),
        ('{"a": "\\u0000"}', "body.a: it holds a NUL"),
        ('{"a\\u0000": 1}', "body: it holds a NUL"),
        ('["\\ud800"]', "body.0: it holds half of a surrogate pair"),
        ('{"\\udc00": 1}', "body: it holds half of a surrogate pair"),
        ('{"a": 1} {"a": 2}', "no JSON at character 9"),
        ("{'a': 1}", "no JSON at character 1"),
        ('{"a": "\n"}', "no JSON at character 7"),
    ],
)
def test_json_oddities_are_refused(body: str, told: str) -> None:
    with pytest.raises(Malformed) as refused:
        need_json(JSON, body.encode())
    assert told in str(refused.value)


def test_json_in_other_encodings_is_refused() -> None:
    for body in (b'{"a": "\xff"}', '{"a": 1}'.encode("utf-16"), b'\xef\xbb\xbf{"a": 1}'):
        with pytest.raises(Malformed):
            need_json(JSON, body)


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=gb18030",
     "application/json-patch+json", "multipart/form-data; boundary=x", "application/jsonx"],
)  # fmt: skip
def test_bodies_of_another_kind_are_refused(kind: str) -> None:
    with pytest.raises(WrongType):
        need_json(kind.encode(), b"{}")


@pytest.mark.parametrize(
    "query",
    [b"nope=1", b"query=a&query=b", b"query=a&query", b"Query=a", b"query=%ff", b"query=%00",
     b"%71uery=a&query=b", b"query=" + b"a" * 9000, b"query[]=a"],
)  # fmt: skip
def test_query_oddities_are_refused(query: bytes) -> None:
    with pytest.raises(Malformed):
        need_query(PLACE, query)


def test_parameters_that_may_stand_often_may() -> None:
    need_query(PLACE, b"query=%E6%A1%A3+%E6%A1%88&fonds=A014&fonds=B001&limit=3&")


def test_headers_in_which_one_could_hide_another_are_refused() -> None:
    assert need_headers([(b"accept", b"a"), (b"accept", b"b")])
    with pytest.raises(BadRequest):
        need_headers([(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")])
    with pytest.raises(HeadersTooLarge):
        need_headers([(b"cookie", b"a" * 20_000)])
    with pytest.raises(HeadersTooLarge):
        need_headers([(f"x-{number}".encode(), b"") for number in range(100)])
