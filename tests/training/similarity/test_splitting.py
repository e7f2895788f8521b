import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from training.similarity.near_duplicates import gather, signature
from training.similarity.splitting import assign, leaks

SHARES = {"train": 80.0, "validation": 10.0, "test": 10.0}
counts = st.dictionaries(st.sampled_from(["python", "go", "rust"]), st.integers(1, 50), min_size=1)
groups_of_any_size = st.dictionaries(
    st.text("abcdef", min_size=1), counts.map(Counter), max_size=12
)


@given(groups_of_any_size, st.integers(0, 9))
def test_every_group_has_a_split_and_no_split_is_left_out(
    groups: dict[str, Counter[str]], seed: int
) -> None:
    found = assign(groups, SHARES, {}, seed)
    assert found.keys() == groups.keys()
    assert len(set(found.values())) == min(len(groups), len(SHARES))
    assert found == assign(dict(reversed(groups.items())), SHARES, {}, seed)


def test_languages_are_shared_out_alike() -> None:
    rng = random.Random(1)
    groups = {
        f"r{at}": Counter({rng.choice(["python", "go"]): rng.randrange(1, 40)}) for at in range(200)
    }
    found = assign(groups, SHARES, {}, 0)
    for language in ("python", "go"):
        whole = sum(count[language] for count in groups.values())
        for split, share in SHARES.items():
            part = sum(count[language] for name, count in groups.items() if found[name] == split)
            assert abs(100 * part / whole - share) < 2


def test_pinned_groups_go_where_they_are_told_and_count() -> None:
    groups = {f"r{at}": Counter(python=10) for at in range(10)}
    found = assign(groups, {"train": 80, "test": 20}, {"r3": "test", "r4": "test", "r9": "gold"}, 0)
    assert (found.pop("r3"), found.pop("r4"), found.pop("r9")) == ("test", "test", "gold")
    assert set(found.values()) == {"train"}


def test_a_leak_names_the_split_it_is_from() -> None:
    rng = random.Random(2)
    base = [f"name{rng.randrange(10**6)}" for _ in range(100)]
    other = [f"name{rng.randrange(10**6)}" for _ in range(100)]
    texts = [base, other, [*base[:-1], "x"], [*other[:-1], "x"], [*base[:-1], "y"]]
    signatures = gather([signature(" ".join(text), 0) for text in texts])
    splits = ["train", "train", "test", "train", "train"]
    assert leaks(signatures, splits, "train", 0.5) == {0: "test", 4: "test"}
    assert leaks(signatures, ["train"] * 5, "train", 0.5) == {}
