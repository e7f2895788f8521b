"""The contract of a secret scanner, on made-up secrets and on code that holds none."""

import sysconfig
from collections import Counter
from pathlib import Path

import pytest

from eventlog.privacy.secrets import BetterleaksScanner, SecretHit, SecretScanner, find_secrets
from tests.eventlog.privacy.secret_corpus import ASSIGNMENTS, TOKENS, planted

SCANNERS: list[SecretScanner] = [BetterleaksScanner()]
MIN_RECALL = 0.98
MAX_FALSE_HIT_RATE = 0.01
PART_CHARS = 10_000


@pytest.mark.parametrize("scanner", SCANNERS)
def test_recall(scanner: SecretScanner) -> None:
    corpus = planted(num_each=8)
    missed = Counter(kind for kind, _secret, code in corpus if not scanner.scan(code))
    assert len(TOKENS) + len(ASSIGNMENTS) >= 24
    assert sum(missed.values()) <= (1 - MIN_RECALL) * len(corpus), missed
    assert max(missed.values(), default=0) < 8, missed


@pytest.mark.parametrize("scanner", SCANNERS)
def test_the_whole_secret_is_told(scanner: SecretScanner) -> None:
    """Taken out of the code, it leaves nothing; of an address, all but the password."""
    for kind, secret, code in planted(num_each=4):
        for hit in scanner.scan(code):
            assert hit.secret in code
            code = code.replace(hit.secret, "")
        if kind in TOKENS and kind != "password in a url":
            assert secret[-len(secret) * 4 // 5 :] not in code, kind


@pytest.mark.parametrize("scanner", SCANNERS)
def test_false_hits(scanner: SecretScanner) -> None:
    """On the standard library, in parts of ten thousand characters."""
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    texts = [file.read_text(errors="replace") for file in files]
    parts = [
        text[start : start + PART_CHARS]
        for text in texts
        for start in range(0, len(text), PART_CHARS)
    ]
    assert len(parts) > 300
    assert sum(bool(scanner.scan(part)) for part in parts) <= MAX_FALSE_HIT_RATE * len(parts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api_key = os.environ['API_KEY']\n",
        "url = 'https://user@example.com/path'\n",
        "sha = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c'\n",
        "def f(password: str) -> None: ...\n",
    ],
)
def test_ordinary_code_holds_none(text: str) -> None:
    assert not find_secrets(text)


def test_a_hit_does_not_show_what_it_found() -> None:
    assert "hunter2" not in repr(SecretHit("rule", "hunter2"))
