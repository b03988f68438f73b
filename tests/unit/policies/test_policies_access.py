from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from policies.access import EVERYTHING, Clause, Subject, View, may, view_of
from policies.ruleset_model import ACCESS

FONDS = st.sampled_from(["A014", "A015", "K021"])
STATUSES = st.sampled_from(ACCESS)
SUBJECTS = st.builds(Subject, st.just("reader"), st.none() | st.frozensets(FONDS))


@given(FONDS, STATUSES)
def test_nobody_sees_nothing(fonds: str, access: str) -> None:
    assert not may(view_of(None), fonds, access)
    assert not may(View(()), fonds, access)


@given(SUBJECTS, FONDS, STATUSES)
def test_a_subject_sees_what_is_open_and_all_of_the_fonds_it_handles(
    subject: Subject, fonds: str, access: str
) -> None:
    handled = subject.handles is None or fonds in subject.handles
    assert may(view_of(subject), fonds, access) == (handled or access == "open")


@given(FONDS)
def test_unreviewed_is_closed_to_all_but_those_who_handle_the_fonds(fonds: str) -> None:
    assert not may(view_of(Subject("reader")), fonds, "unreviewed")
    assert may(view_of(Subject("officer", frozenset([fonds]))), fonds, "unreviewed")


def test_a_subject_that_handles_nothing_by_name_handles_nothing() -> None:
    assert view_of(Subject("reader", frozenset())) == View((Clause(None, frozenset({"open"})),))


@given(FONDS, STATUSES)
def test_the_archives_own_work_sees_all(fonds: str, access: str) -> None:
    assert may(EVERYTHING, fonds, access)
