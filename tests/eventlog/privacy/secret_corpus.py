"""Secrets of forty kinds, made up here, so that none stands in a file.

The contract of every ``SecretScanner``: see ``test_secrets.py``.
"""

import random
import string
from collections.abc import Callable, Mapping
from functools import partial

LETTERS = string.ascii_letters
DIGITS = string.digits
ALPHANUMERIC = LETTERS + DIGITS
CAPITALS = string.ascii_uppercase + DIGITS
HEX = "0123456789abcdef"
URL_SAFE = ALPHANUMERIC + "-_"
BASE64 = ALPHANUMERIC + "+/"

Make = Callable[[random.Random], str]


def _chars(source: random.Random, count: int, alphabet: str = ALPHANUMERIC) -> str:
    return "".join(source.choice(alphabet) for _each in range(count))


def _token(start: str, count: int, alphabet: str, end: str, source: random.Random) -> str:
    return start + _chars(source, count, alphabet) + end


def _key_file(kind: str, rows: int, source: random.Random) -> str:
    body = "\n".join(_chars(source, 64, BASE64) for _each in range(rows))
    return f"-----BEGIN {kind} PRIVATE KEY-----\n{body}\n-----END {kind} PRIVATE KEY-----"


def _parts(*parts: str | tuple[int, str]) -> Make:
    """Fixed text and random characters in turn."""

    def make(source: random.Random) -> str:
        return "".join(part if isinstance(part, str) else _chars(source, *part) for part in parts)

    return make


def token(start: str, count: int, alphabet: str = ALPHANUMERIC, end: str = "") -> Make:
    return partial(_token, start, count, alphabet, end)


TOKENS: Mapping[str, Make] = {
    "aws key id": token("AKI" + "A", 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    "github": token("gh" + "p_", 36),
    "github oauth": token("gh" + "o_", 36),
    "github fine-grained": _parts("github" + "_pat_", (22, ALPHANUMERIC), "_", (59, ALPHANUMERIC)),
    "gitlab": token("glp" + "at-", 20),
    "slack bot": _parts("xox" + "b-", (12, DIGITS), "-", (12, DIGITS), "-", (24, ALPHANUMERIC)),
    "slack hook": _parts(
        "https://hooks.slack" + ".com/services/T", (8, CAPITALS), "/B", (8, CAPITALS),
        "/", (24, ALPHANUMERIC),
    ),
    "stripe": token("sk_" + "live_", 24),
    "google": token("AI" + "za", 35, URL_SAFE),
    "sendgrid": _parts("SG" + ".", (22, URL_SAFE), ".", (43, URL_SAFE)),
    "twilio": token("S" + "K", 32, HEX),
    "npm": token("np" + "m_", 36),
    "pypi": token("pypi" + "-AgEIcHlwaS5vcmc", 70, URL_SAFE),
    "hugging face": token("h" + "f_", 34, LETTERS),
    "openai": token("sk-" + "proj-", 74, ALPHANUMERIC, "T3Blbk" + "FJ" + "a1B2" * 18 + "zZ"),
    "openai, old": token("sk-", 20, ALPHANUMERIC, "T3Blbk" + "FJ" + "a1B2c3D4e5F6g7H8i9J0"),
    "anthropic": token("sk-ant" + "-api03-", 93, URL_SAFE, "AA"),
    "digitalocean": token("dop" + "_v1_", 64, HEX),
    "azure": token("Account" + "Key=", 86, BASE64, "=="),
    "password in a url": token("postgres://bob:", 14, ALPHANUMERIC, "@db.example.com/shop"),
    "rsa key": partial(_key_file, "RSA", 12),
    "openssh key": partial(_key_file, "OPENSSH", 6),
    "jwt": _parts(
        "ey" + "JhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + "ey" + "J", (60, ALPHANUMERIC),
        ".", (43, URL_SAFE),
    ),
    "shopify": token("shp" + "at_", 32, HEX),
    "databricks": token("dap" + "i", 32, HEX),
    "linear": token("lin_" + "api_", 40),
    "doppler": token("dp.pt" + ".", 43),
    "vault": token("hvs" + ".", 95, URL_SAFE),
    "heroku": token("HRKU-AA", 58, URL_SAFE),
    "grafana": _parts("glsa" + "_", (32, ALPHANUMERIC), "_", (8, HEX)),
    "age": token("AGE-SECRET-" + "KEY-1", 58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"),
    "terraform": _parts((14, ALPHANUMERIC), ".atlas" + "v1.", (64, URL_SAFE)),
    "new relic": token("NRAK" + "-", 27, CAPITALS),
}  # fmt: skip
"""Known by their own form, wherever they stand."""

ASSIGNMENTS: Mapping[str, Make] = {
    "aws secret": token('aws_secret_access_key = "', 40, BASE64, '"'),
    "telegram": _parts('telegram_bot_token = "', (9, "123456789"), ":AA", (33, URL_SAFE), '"'),
    "api key": token('api_key = "', 32, ALPHANUMERIC, '"'),
    "password": token('password = "', 16, ALPHANUMERIC, '"'),
    "client secret": token('client_secret: "', 40, ALPHANUMERIC, '"'),
    "mailgun": token("mailgun_key = 'key" + "-", 32, HEX, "'"),
    "discord": token("discord_token = '", 64, HEX, "'"),
}
"""Known by the name that they are given."""

PLACES = ('TOKEN = "{}"', 'connect("{}", retries=3)', "# was: {}", "value: {}")
"""Where a token may stand."""

CODE = "def total(items):\n    return sum(item.price for item in items)\n\n\n" * 10


def planted(num_each: int, seed: int = 7) -> list[tuple[str, str, str]]:
    """Kind, secret, and code that holds it: ``num_each`` of every kind."""
    source = random.Random(seed)
    found = []
    for kind, make in {**TOKENS, **ASSIGNMENTS}.items():
        for number in range(num_each):
            secret = make(source)
            place = PLACES[number % len(PLACES)] if kind in TOKENS else "    {}"
            found.append((kind, secret, f"{CODE}{place.format(secret)}\n{CODE}"))
    return found
