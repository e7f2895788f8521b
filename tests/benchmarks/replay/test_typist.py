from benchmarks.replay.typist import Typist
from tests.benchmarks.replay.passages import NEW, OLD, passage

WHOLE = NEW
FIRST_LINE = OLD.replace("(price):", "(price, tax):")


def typed(num_keys: int) -> Typist:
    typist = Typist(passage(), notice_seconds=0.5)
    for _ in range(num_keys):
        typist.press()
    return typist


def test_typing_everything_ends_at_the_new_text() -> None:
    typist = Typist(passage(), 0)
    num_keys = 0
    while typist.next_slot is not None:
        typist.press()
        num_keys += 1
    assert typist.state().text == NEW and num_keys == passage().num_keys


def test_the_editor_sends_what_was_typed_and_the_cursor() -> None:
    state = typed(2).state()
    assert state.text.startswith("def total(price, ):\n") and state.original == OLD
    assert state.text[: state.cursor] == "def total(price, " and state.row == 0
    assert [event.diff.splitlines()[2] for event in state.events] == ["+def total(price, ):"]


def test_a_right_offer_is_taken_once_it_was_seen_for_long_enough() -> None:
    typist = typed(1)
    assert typist.show(FIRST_LINE, now=1.0)
    assert not typist.accepts(1.4) and typist.accepts(1.5)
    typist.accept()
    state = typist.state()
    assert state.text == FIRST_LINE and state.is_accepted
    assert state.text[: state.cursor] == "def total(price, tax"
    assert not typist.accepts(9.0)


def test_an_offer_stays_in_sight_while_keys_and_answers_agree_with_it() -> None:
    typist = typed(1)
    typist.show(WHOLE, now=1.0)
    typist.press()
    typist.show(WHOLE, now=1.4)
    assert typist.accepts(1.5)


def test_another_right_offer_must_be_noticed_anew() -> None:
    typist = typed(1)
    typist.show(WHOLE, now=1.0)
    typist.show(FIRST_LINE, now=1.4)
    assert not typist.accepts(1.6) and typist.accepts(1.9)


def test_an_offer_goes_when_the_server_has_nothing_more_to_show() -> None:
    typist = typed(1)
    typist.show(WHOLE, now=1.0)
    assert not typist.show(None, now=1.1)
    assert not typist.accepts(9.0)


def test_an_offer_goes_when_it_saves_no_key_any_more() -> None:
    typist = typed(1)
    typist.show(FIRST_LINE, now=1.0)
    for _ in range(3):
        typist.press()
    assert typist.state().text.startswith("def total(price, ta)") and not typist.accepts(9.0)


def test_a_wrong_offer_is_not_taken() -> None:
    typist = typed(1)
    assert not typist.show(OLD.replace("(price):", "(price, tip):"), now=1.0)
    assert not typist.accepts(9.0)


def test_what_is_left_is_typed_after_an_offer_was_taken() -> None:
    typist = typed(1)
    typist.show(WHOLE.replace(" + tax", ""), now=1.0)
    typist.accept()
    num_keys = 0
    while typist.next_slot is not None:
        typist.press()
        num_keys += 1
    assert num_keys == len(" + tax") and typist.state().text == NEW
