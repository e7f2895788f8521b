import pytest

from training.eligibility.reserved import is_reserved


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/pallets/flask",
        "https://github.com/somebody/Flask.git",
        "git@github.com:encode/httpx.git",
        "ssh://git@github.com/hashicorp/terraform/",
        "https://github.com/zed-industries/anything",
        "zed-industries/zeta",
        "simonw/datasette",
        "tree-sitter/tree-sitter",
        "microsoft/vscode",
        "microsoft/vscode-copilot-chat",
        "https://github.com/cursortab/cursortab.nvim",
        "fork/cursortab.nvim",
    ],
)
def test_reserved_repositories_and_their_forks_are_known(url: str) -> None:
    assert is_reserved(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/encode/starlette",
        "simonw/llm",
        "me/flask-login",
        "me/tree-sitter-go",
        "",
    ],
)
def test_others_are_not(url: str) -> None:
    assert not is_reserved(url)
