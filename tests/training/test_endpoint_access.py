"""Addresses and keys: what cannot work is told before anything is asked, and never quoted."""

import pytest

from training.endpoint_access import base_address, key_in
from training.errors import RunError


@pytest.mark.parametrize(
    "given",
    ["https://api.example.com", "https://api.example.com/v1/", " https://api.example.com/ "],
)
def test_an_address_with_and_without_its_version(given: str) -> None:
    assert base_address(given) == "https://api.example.com"


def test_an_address_below_a_path() -> None:
    assert base_address("http://127.0.0.1:8000/models/large/v1") == (
        "http://127.0.0.1:8000/models/large"
    )


@pytest.mark.parametrize(
    "given",
    ["", "localhost:8000", "nowhere", "ftp://h", "http://", "http://[::1", "http://h:99999"],
)
def test_an_address_that_is_none(given: str) -> None:
    with pytest.raises(RunError, match="address"):
        base_address(given)


@pytest.mark.parametrize(
    "given",
    ["http://me:secret@h", "http://secret@h", "https://h/v1?key=secret", "https://h#secret"],
)
def test_an_address_with_a_secret_is_refused_unquoted(given: str) -> None:
    with pytest.raises(RunError) as raised:
        base_address(given)
    assert "secret" not in str(raised.value)


def test_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "secret\n")
    assert key_in("SOME_KEY") == "secret"
    assert key_in(None) is None


@pytest.mark.parametrize("key", ["sécret", "sec\nret", "sec\x7fret", " ", ""])
def test_a_key_that_cannot_be_sent_is_refused_unquoted(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("SOME_KEY", key)
    with pytest.raises(RunError, match="SOME_KEY") as raised:
        key_in("SOME_KEY")
    assert "ret" not in str(raised.value)


def test_a_key_that_is_not_set() -> None:
    with pytest.raises(RunError, match="NO_SUCH_KEY"):
        key_in("NO_SUCH_KEY")
