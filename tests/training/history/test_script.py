from hypothesis import given
from hypothesis import strategies as st

from prompt_format.udiff import apply_hunks, read_hunks
from training.history.diffs import diff_states
from training.history.git import ChangedBlock
from training.history.script import Script, read_script

LINE = st.sampled_from(["a = 1", "a = 2", "b = a", "", "def f():", "    return a"])
BLOCK = st.tuples(
    st.lists(LINE, min_size=1, max_size=3), st.lists(LINE, max_size=4), st.lists(LINE, max_size=4)
)


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Kept lines, then a changed block, a few times over."""
    lines: list[str] = []
    blocks = []
    for kept, old, new in draw(st.lists(BLOCK, min_size=1, max_size=4)):
        lines += kept
        blocks.append(ChangedBlock(len(lines), tuple(old), tuple(new)))
        lines += new
    return read_script("a.py", lines, blocks)


def text(script: Script, turn: int) -> str:
    return "".join(f"{line}\n" for _slot, line in script.lines(turn))


@given(scripts())
def test_every_turn_changes_one_line(script: Script) -> None:
    for turn in range(len(script.order)):
        before, after = (script.lines(at) for at in (turn, turn + 1))
        assert abs(len(after) - len(before)) <= 1
        assert len(set(before) ^ set(after)) in (1, 2)


@given(scripts(), st.data())
def test_a_diff_leads_from_one_state_to_the_other(script: Script, data: st.DataObject) -> None:
    turns = st.integers(0, len(script.order))
    before = data.draw(turns)
    after = data.draw(turns.filter(lambda turn: turn >= before))
    diff = diff_states(script, before, after)
    assert bool(diff) == (text(script, before) != text(script, after))
    assert apply_hunks(text(script, before), read_hunks(diff)) == text(script, after)


def test_lines_that_resemble_each_other_are_one_line_changed() -> None:
    block = ChangedBlock(0, ("total = 0", "log()"), ("total = Decimal(0)", "if x:"))
    script = read_script("a.py", ["total = Decimal(0)", "if x:"], [block])
    assert [(slot.old, slot.new) for slot in script.slots] == [
        ("total = 0", "total = Decimal(0)"),
        ("log()", None),
        (None, "if x:"),
    ]
