"""What is kept of no one, however the path is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlog.privacy.paths import PathRules

RULES = PathRules(["internal/", "*.proto"])


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        "a/b/.env.production",
        "A/.ENV",
        "deploy/prod.tfstate.backup",
        "/home/ann/.ssh/config",
        "C:\\Users\\ann\\.aws\\credentials",
        "shop/../.env",
        "./.npmrc",
        "certs/server.PEM",
        "config/secrets.yml",
        "service-account-prod.json",
        "src/internal/deep/code.py",
        "api/shop.proto",
    ],
)
def test_forbidden(path: str) -> None:
    assert RULES.forbids(path)


@pytest.mark.parametrize(
    "path", ["src/main.py", "environment.py", "key.py", "docs/secrets-guide.md", "internals.py", ""]
)
def test_allowed(path: str) -> None:
    assert not RULES.forbids(path)


def test_additions_never_replace_the_defaults() -> None:
    assert PathRules([]).forbids(".env")
    assert RULES.forbids(".env")
    assert not PathRules([]).forbids("src/internal/code.py")


@pytest.mark.parametrize("pattern", ["!.env", " !*.pem", "a\\"])
def test_a_pattern_that_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError):
        PathRules([pattern])


@given(st.text(max_size=200))
def test_any_path_gets_an_answer(path: str) -> None:
    assert RULES.forbids(path) in (True, False)
