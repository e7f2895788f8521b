"""Finds passwords, keys and tokens in text, so that they are neither kept nor learnt.

Betterleaks' rules and some of our own. Others can take its place behind ``SecretScanner``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

RULES_FILE = Path(__file__).with_name("secret_rules.toml")


@dataclass(frozen=True, slots=True)
class SecretHit:
    """A rule that found something, and what it found: for taking it out, never for showing it."""

    rule: str
    secret: str = field(repr=False)


class SecretScanner(Protocol):
    """Anything that finds secrets. ``tests/eventlog/privacy`` says what it has to find."""

    def scan(self, text: str) -> Sequence[SecretHit]:
        """What was found; safe to call again and again, from any thread."""
        ...


class BetterleaksScanner:
    """The library in this process. The first call takes some 0.2 s, later ones under 1 ms."""

    def scan(self, text: str) -> Sequence[SecretHit]:
        import betterleaks

        found = betterleaks.scan_string(text, config_path=str(RULES_FILE))
        return [SecretHit(str(each.rule_id), str(each.match.value)) for each in found]


def find_secrets(text: str) -> Sequence[SecretHit]:
    """What the default scanner finds."""
    return default_scanner().scan(text) if text.strip() else []


@lru_cache(maxsize=1)
def default_scanner() -> SecretScanner:
    """The one that is used where no other is given."""
    return BetterleaksScanner()
