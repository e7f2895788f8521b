"""Consent at reading: every way in which a no may have been said, at any time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlog import ConsentRecord, ConsentSnapshot, DeletionRecord
from tests.eventlog.logs import GRANTED, at, consent, deletion
from training.ingestion.consent import ConsentBook


def _objection(
    *records: ConsentRecord | DeletionRecord, snapshot: ConsentSnapshot = GRANTED
) -> str | None:
    book = ConsentBook()
    for record in records:
        book.add(record)
    return book.objection("ann", "shop", at(0), snapshot)


GRANT = consent("grant")


@pytest.mark.parametrize(
    "records",
    [
        [GRANT],
        [consent("grant", project="*")],
        [consent("grant", -300), consent("revoke", -200), consent("grant", -100)],
        [GRANT, consent("revoke", 10, user="bob")],
        [GRANT, consent("revoke", 10, project="other")],
        [deletion(-50), GRANT],
        [GRANT, deletion(50, user="bob"), deletion(50, project="other")],
    ],
)
def test_allowed(records: list[ConsentRecord | DeletionRecord]) -> None:
    assert _objection(*records) is None


@pytest.mark.parametrize(
    ("records", "objection"),
    [
        ([], "consent_missing"),
        ([consent("grant", user="bob")], "consent_missing"),
        ([consent("grant", project="other")], "consent_missing"),
        ([consent("grant", 10)], "consent_missing"),
        ([GRANT, consent("revoke", -50)], "consent_missing"),
        ([consent("revoke"), GRANT], "consent_missing"),
        ([GRANT, consent("revoke", -50, project="*")], "consent_missing"),
        ([GRANT, consent("revoke", 10)], "consent_revoked"),
        ([GRANT, consent("revoke", 10, project="*")], "consent_revoked"),
        ([GRANT, consent("revoke", 10), consent("grant", 20)], "consent_revoked"),
        ([GRANT, deletion(10)], "deleted"),
        ([GRANT, deletion(10, project="shop")], "deleted"),
        ([GRANT, deletion(10), consent("grant", 20)], "deleted"),
    ],
)
def test_refused(records: list[ConsentRecord | DeletionRecord], objection: str) -> None:
    assert _objection(*records) == objection


def test_an_incomplete_snapshot_is_refused_whatever_the_log_says() -> None:
    client_says_no = GRANTED.model_copy(update={"can_collect_data": False})
    assert _objection(GRANT, snapshot=client_says_no) == "consent_incomplete"


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["grant", "revoke", "delete"]),
        st.integers(-3, 3),
        st.sampled_from(["shop", "other", "*"]),
        st.sampled_from(["ann", "bob"]),
    ),
    max_size=8,
)


@given(EVENTS)
def test_never_without_a_grant_before_and_no_word_against_it_since(
    events: list[tuple[str, int, str, str]],
) -> None:
    """Said once more, in other words than the code's: step by step through the log."""
    records: list[ConsentRecord | DeletionRecord] = [
        deletion(time, project=project, user=user)
        if word == "delete"
        else consent(word, time, project=project, user=user)
        for word, time, project, user in events
    ]
    ours = [(w, t) for w, t, project, user in events if user == "ann" and project in ("shop", "*")]
    is_granted = False
    for time in range(-3, 1):
        words = [word for word, when in ours if when == time]
        is_granted = (is_granted or "grant" in words) and "revoke" not in words
    is_taken_back = any(word != "grant" and time >= 0 for word, time in ours)
    assert (_objection(*records) is None) == (is_granted and not is_taken_back)
