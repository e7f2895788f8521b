"""Reversal ratio: every clause with the characters counted by hand."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.reversal import Reversal, reversal
from tests.quality.inputs import event, prompt_input

# The user typed b() under a().
TYPED = event("@@ -1,2 +1,3 @@\n a()\n+b()\n c()\n")
AFTER_TYPING = "a()\nb()\nc()\n"
# The user deleted b() under a().
DELETED = event("@@ -1,3 +1,2 @@\n a()\n-b()\n c()\n")
AFTER_DELETING = "a()\nc()\n"


def test_removing_what_was_typed_is_a_full_reversal() -> None:
    # P deletes "b()\n", 4 characters, all inside H's addition: 4 of 4.
    found = reversal(prompt_input(AFTER_TYPING, TYPED), "a()\nc()\n")
    assert found == Reversal(reversed_chars=4, total_chars=4)
    assert found.ratio == 1.0


def test_restoring_what_was_deleted_is_a_full_reversal() -> None:
    # P inserts "b()\n" where H deleted it: LCS 4 of 4.
    found = reversal(prompt_input(AFTER_DELETING, DELETED), "a()\nb()\nc()\n")
    assert found == Reversal(4, 4)


def test_undoing_a_replacement_counts_both_sides() -> None:
    # H: foo -> bar in one unit. P: bar -> foo: all 3 characters of bar lie in the addition,
    # LCS(foo, foo) is 3, total = 3 + 3.
    typed = event("@@ -1,1 +1,1 @@\n-x = foo\n+x = bar\n")
    assert reversal(prompt_input("x = bar\n", typed), "x = foo\n") == Reversal(6, 6)


def test_a_part_of_the_deleted_text_counts_by_its_common_characters() -> None:
    # Deleted "b()\n", inserted "b(1)\n": LCS = b ( ) newline = 4 of 5.
    found = reversal(prompt_input(AFTER_DELETING, DELETED), "a()\nb(1)\nc()\n")
    assert found == Reversal(4, 5)


def test_going_on_reverts_nothing() -> None:
    found = reversal(prompt_input(AFTER_TYPING, TYPED), "a()\nb()\nbb()\nc()\n")
    assert found == Reversal(0, 5)


def test_no_prediction_has_ratio_zero() -> None:
    found = reversal(prompt_input(AFTER_TYPING, TYPED), AFTER_TYPING)
    assert (found, found.ratio) == (Reversal(0, 0), 0.0)


# The event that counts.


def test_only_the_last_event_of_the_file_counts() -> None:
    # b() was typed first, c2() last; removing b() undoes the older one only.
    later = event("@@ -3,1 +3,2 @@\n c()\n+c2()\n")
    current = AFTER_TYPING + "c2()\n"
    assert reversal(prompt_input(current, TYPED, later), "a()\nc()\nc2()\n").reversed_chars == 0
    assert reversal(prompt_input(current, TYPED, later), AFTER_TYPING) == Reversal(5, 5)


def test_events_of_other_files_are_passed_over() -> None:
    other = event("@@ -1,1 +1,1 @@\n-x\n+y\n", path="shop/item.py")
    assert reversal(prompt_input(AFTER_TYPING, TYPED, other), AFTER_DELETING).ratio == 1.0
    assert reversal(prompt_input(AFTER_TYPING, other), AFTER_DELETING).ratio == 0.0


@pytest.mark.parametrize(("path", "ratio"), [("app/shop/cart.py", 1.0), ("a/b/shop/cart.py", 0.0)])
def test_a_path_may_carry_one_more_component(path: str, ratio: float) -> None:
    typed = event(TYPED.diff, path=path)
    assert reversal(prompt_input(AFTER_TYPING, typed), AFTER_DELETING).ratio == ratio


def test_no_event_an_accepted_prediction_and_an_empty_diff_have_nothing_to_undo() -> None:
    accepted = event(TYPED.diff, predicted=True)
    for events in ((), (accepted,), (TYPED, accepted), (TYPED, event(""))):
        found = reversal(prompt_input(AFTER_TYPING, *events), AFTER_DELETING)
        assert found == Reversal(0, 0)


def test_an_older_accepted_prediction_does_not_hide_the_last_event() -> None:
    accepted = event("@@ -1,1 +1,1 @@\n-x\n+a()\n", predicted=True)
    assert reversal(prompt_input(AFTER_TYPING, accepted, TYPED), AFTER_DELETING).ratio == 1.0


# Edits are brought to what they purely insert or delete.


def test_an_edit_that_only_inserts_counts_its_insertions() -> None:
    # epr -> eprintln!() inserts "intln!()", 8 characters; nothing of what was typed is removed.
    typed = event("@@ -1,1 +1,1 @@\n-\n+epr\n")
    assert reversal(prompt_input("epr\n", typed), "eprintln!()\n") == Reversal(0, 8)


def test_an_edit_that_only_deletes_counts_its_deletions() -> None:
    # The user made print of eprintln by deleting e and ln; writing eprintln again brings back all:
    # H = delete "e" at 0 and "ln" at 5, P = insert "e" at 0 and "ln" at 5.
    # LCS(e, e) + LCS(ln, ln) = 3 of 3.
    typed = event("@@ -1,1 +1,1 @@\n-eprintln\n+print\n")
    assert reversal(prompt_input("print\n", typed), "eprintln\n") == Reversal(3, 3)


def test_an_edit_that_inserts_and_deletes_stays_whole() -> None:
    # The user wrote bar; P: bar -> baz shares "ba", but is no pure insertion or deletion:
    # 3 old characters inside the addition, 3 new ones, total 6. LCS with the deleted "": none.
    typed = event("@@ -1,1 +1,2 @@\n a\n+bar\n")
    assert reversal(prompt_input("a\nbar\n", typed), "a\nbaz\n") == Reversal(3, 6)


def test_insertions_in_several_places_are_separate_pieces() -> None:
    # ac -> xaycz inserts x, y, z. The user typed "ac": no character of it is removed.
    typed = event("@@ -1,1 +1,1 @@\n-q\n+ac\n")
    found = reversal(prompt_input("ac\n", typed), "xaycz\n")
    # The deleted "q" stood at 0, where x is inserted: LCS(q, x) = 0.
    assert found == Reversal(0, 3)


# Positions in the current text.


def test_additions_after_earlier_changes_are_shifted() -> None:
    # H inserts "one\n" at row 0 and "three\n" at row 2; only the second one is removed: 6 of 6.
    # Unshifted, its range would be 4 characters too early and would cover "two\n" in part.
    typed = event("@@ -1,2 +1,4 @@\n+one\n two\n+three\n four\n")
    current = "one\ntwo\nthree\nfour\n"
    assert reversal(prompt_input(current, typed), "one\ntwo\nfour\n") == Reversal(6, 6)
    assert reversal(prompt_input(current, typed), "one\nthree\nfour\n") == Reversal(0, 4)


def test_old_text_counts_only_where_it_overlaps_an_addition() -> None:
    # P deletes "b()\nc()\n": 8 characters, of which the user typed the first 4.
    assert reversal(prompt_input(AFTER_TYPING, TYPED), "a()\n") == Reversal(4, 8)


def test_a_deletion_counts_from_the_start_of_replaced_text_to_before_its_end() -> None:
    # One identifier is one unit: abcd -> zqq replaces characters 0..4 by 3 others, total 7.
    # "qq" was deleted at 0, at 2 and at 4 in turn; LCS(qq, zqq) = 2.
    for before, reversed_chars in (("qqabcd", 2), ("abqqcd", 2), ("abcdqq", 0)):
        deleted = event(f"@@ -1,1 +1,1 @@\n-{before}\n+abcd\n")
        found = reversal(prompt_input("abcd\n", deleted), "zqq\n")
        assert found == Reversal(reversed_chars, 7)


def test_an_insertion_restores_only_what_was_deleted_right_there() -> None:
    # "b()\n" was deleted at character 4. The same line anywhere else is new.
    deleted = prompt_input("a()\nc()\n", DELETED)
    assert reversal(deleted, "b()\na()\nc()\n") == Reversal(0, 4)
    assert reversal(deleted, "a()\nc()\nb()\n") == Reversal(0, 4)


def test_characters_are_counted_not_bytes() -> None:
    typed = event("@@ -1,2 +1,3 @@\n é→\n+ü()\n c()\n")
    assert reversal(prompt_input("é→\nü()\nc()\n", typed), "é→\nc()\n") == Reversal(4, 4)


def test_a_ratio_is_a_share_of_the_whole_prediction() -> None:
    # Removes the typed "b()\n" (4) and adds "dd()\n" (5) at the end: 4 of 9.
    found = reversal(prompt_input(AFTER_TYPING, TYPED), "a()\nc()\ndd()\n")
    assert found == Reversal(4, 9)


def test_an_excerpt_without_its_last_newline() -> None:
    # The deleted last line comes back: "\n" and "b()" in the excerpt, "b()\n" by lines.
    deleted = event("@@ -1,2 +1,1 @@\n a()\n-b()\n")
    assert reversal(prompt_input("a()", deleted), "a()\nb()") == Reversal(4, 4)


# Bounds.


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=60), st.booleans())
def test_any_text_is_accepted(excerpt: str, predicted: str, diff: str, has_row: bool) -> None:
    found = reversal(prompt_input(excerpt, event(diff), row=0 if has_row else None), predicted)
    assert found.ratio >= 0.0
    assert found.reversed_chars == 0 or found.total_chars > 0


@given(
    st.text(alphabet="ab(\n", max_size=20),
    st.text(alphabet="ab(", min_size=1, max_size=6),
    st.text(alphabet="cd", max_size=6),
)
def test_removing_a_typed_line_is_a_full_reversal(above: str, typed: str, below: str) -> None:
    num_above = above.count("\n") + 1
    diff = f"@@ -{num_above + 1},0 +{num_above + 1},1 @@\n+{typed}\n"
    current = f"{above}\n{typed}\n{below}"
    assert reversal(prompt_input(current, event(diff)), f"{above}\n{below}").ratio == 1.0


def test_a_hundred_kilobytes_are_bounded() -> None:
    current = "".join(f"value_{row} = compute({row})\n" for row in range(4_000))
    typed = event("@@ -1,1 +1,2 @@\n value_0 = compute(0)\n+value_1 = compute(1)\n")
    started = time.perf_counter()
    found = reversal(prompt_input(current, typed), current.replace("value", "total"))
    assert time.perf_counter() - started < 5
    assert 0.0 <= found.ratio < 0.01
