"""Subjects and records as tests generate them: every status, mark and wish, known and unknown."""

from __future__ import annotations

from hypothesis import strategies as st

from policies.access import (
    DOMESTIC_MARK,
    HOLDERS,
    INTERNAL_MARK,
    STATUSES,
    UNKNOWN_HOLDER,
    UNKNOWN_MARK,
    Clause,
    Standing,
    Subject,
    View,
    Zone,
)

FONDS = ("A014", "B001", "")
ITEMS = tuple(f"i{number}" for number in range(24))
ACCESS = (*STATUSES, "", "Open", "OPEN ", "开放")
MARKED = ("", INTERNAL_MARK, DOMESTIC_MARK, UNKNOWN_MARK, "top")
HELD = (*HOLDERS, UNKNOWN_HOLDER, "Reading-Room")

MARKS_AS_WRITTEN = (
    "",
    "公开",
    "内部",
    "国内",
    "内部★10年",
    "工作秘密",
    " 内部 ",
    "無",
    "INTERNAL",
    "机密",
    "x",
    "\u3000",
)
"""Secrecy marks as lists write them, below a state secret or not to be understood."""

subjects = st.none() | st.builds(
    Subject,
    st.sampled_from(["reader", "officer"]),
    st.none() | st.frozensets(st.sampled_from(FONDS)),
    st.sampled_from(Zone),
    st.frozensets(st.sampled_from([*MARKED, ""])),
    st.frozensets(st.sampled_from(ITEMS), max_size=5),
)

standings = st.builds(
    Standing,
    st.sampled_from(ITEMS),
    st.sampled_from(FONDS),
    st.sampled_from(ACCESS),
    st.sampled_from(MARKED),
    st.sampled_from(HELD),
    st.booleans(),
)


def _some(values: tuple[str, ...]) -> st.SearchStrategy[frozenset[str] | None]:
    return st.none() | st.frozensets(st.sampled_from(values))


views = st.lists(
    st.builds(
        Clause,
        _some(FONDS),
        _some(ACCESS),
        _some(MARKED),
        _some(HELD),
        _some(ITEMS),
        st.booleans(),
        st.booleans(),
    ),
    max_size=3,
).map(lambda clauses: View(tuple(clauses)))
"""Views of any clauses, also of such as no subject has."""
