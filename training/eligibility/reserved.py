"""Repositories that are kept for evaluation by others: never trained on, never tuned on.

A fork is told by its name, whoever owns it: its history is the same.
"""

import re

RESERVED_REPOSITORIES = frozenset(
    {
        "encode/httpx",
        "hashicorp/terraform",
        "microsoft/vscode",
        "microsoft/vscode-copilot-chat",
        "pallets/flask",
        "simonw/datasette",
        "tree-sitter/tree-sitter",
    }
)
RESERVED_OWNERS = frozenset({"cursortab", "zed-industries"})
_RESERVED_NAMES = frozenset(name.partition("/")[2] for name in RESERVED_REPOSITORIES) | {
    "cursortab",
    "cursortab.nvim",
    "zed",
    "zeta",
}


def is_reserved(url: str) -> bool:
    """Whether ``url``, an address or ``owner/name``, is one of them or a fork of one."""
    owner, name = owner_and_name(url)
    return owner in RESERVED_OWNERS or name in _RESERVED_NAMES


def owner_and_name(url: str) -> tuple[str, str]:
    """Lower case, of an ``https``, ``ssh`` or ``git@host:`` address, or of ``owner/name``."""
    path = re.sub(r"^[a-z+]+://[^/]+/|^[^@/]+@[^:/]+:", "", url.strip().lower())
    parts = [part for part in path.removesuffix("/").removesuffix(".git").split("/") if part]
    return (parts[-2] if len(parts) > 1 else "", parts[-1] if parts else "")
