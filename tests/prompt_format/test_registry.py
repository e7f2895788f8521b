"""Finding formats by name."""

import pytest

from prompt_format import FORMATS, UnknownPromptFormat, find_format


def test_formats_are_found_by_name_alias_and_unique_part() -> None:
    assert find_format("zeta2") is FORMATS["V0211SeedCoder"]
    assert find_format("ZETA2.1") is FORMATS["V0318SeedMultiRegions"]
    assert find_format("v0318") is FORMATS["V0318SeedMultiRegions"]
    assert find_format("zeta") is FORMATS["zeta1"]
    assert all(find_format(name) is each for name, each in FORMATS.items())


@pytest.mark.parametrize("name", ["", "seed", "v9999"])
def test_other_names_are_refused_with_the_list(name: str) -> None:
    with pytest.raises(UnknownPromptFormat, match="V0211SeedCoder"):
        find_format(name)


def test_names_and_aliases_are_unique() -> None:
    names = [name.casefold() for each in FORMATS.values() for name in (each.name, *each.aliases)]
    assert len(names) == len(set(names))


def test_an_unknown_name_is_not_repeated() -> None:
    with pytest.raises(UnknownPromptFormat) as caught:
        find_format("canary")
    assert "canary" not in str(caught.value)
    assert "unknown" in str(caught.value)
    with pytest.raises(UnknownPromptFormat, match="ambiguous"):
        find_format("seed")
