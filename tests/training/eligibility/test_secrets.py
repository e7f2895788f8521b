"""Secrets are put together here, so that none stands in a file."""

import random
import string

import pytest

from training.eligibility.secrets import find_secrets

RANDOM = random.Random(7)


def chars(count: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    return "".join(RANDOM.choice(alphabet) for _ in range(count))


SECRETS = {
    "aws": "AKI" + "A" + chars(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    "url": "postgres://bob:" + chars(14) + "@db.example.com/shop",
    "azure": "AccountKey=" + chars(86) + "==",
    "github": "gh" + "p_" + chars(36),
    "slack": "xox"
    + "b-"
    + chars(12, string.digits)
    + "-"
    + chars(12, string.digits)
    + "-"
    + chars(24),
    "private key": "-----BEGIN RSA "
    + "PRIVATE KEY-----\n"
    + chars(64) * 12
    + "\n-----END RSA PRIVATE KEY-----",
}


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_found_in_the_middle_of_code(kind: str) -> None:
    code = "def total(items):\n    return sum(items)\n" * 20
    assert find_secrets(f'{code}TOKEN = "{SECRETS[kind]}"\n{code}')


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
