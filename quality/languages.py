"""The language of a file, by its name. Languages are named as tree-sitter's grammars are."""

from collections.abc import Mapping
from types import MappingProxyType

_EXTENSIONS: Mapping[str, str] = MappingProxyType(
    {
        "bash": "bash", "c": "c", "cc": "cpp", "cjs": "javascript", "cpp": "cpp", "cs": "csharp",
        "css": "css", "cxx": "cpp", "ex": "elixir", "exs": "elixir", "go": "go", "h": "c",
        "hpp": "cpp", "html": "html", "java": "java", "js": "javascript", "json": "json",
        "jsx": "javascript", "kt": "kotlin", "kts": "kotlin", "lua": "lua", "md": "markdown",
        "mjs": "javascript", "mts": "typescript", "cts": "typescript", "php": "php",
        "py": "python", "pyi": "python", "rb": "ruby", "rs": "rust", "scala": "scala",
        "scss": "css", "sh": "bash", "sql": "sql", "svelte": "svelte", "swift": "swift",
        "toml": "toml", "ts": "typescript", "tsx": "tsx", "vue": "vue", "yaml": "yaml",
        "yml": "yaml", "zig": "zig",
    }
)  # fmt: skip
_NAMES: Mapping[str, str] = MappingProxyType(
    {"dockerfile": "dockerfile", "makefile": "make", "gemfile": "ruby", "rakefile": "ruby"}
)

LANGUAGES = frozenset(_EXTENSIONS.values()) | frozenset(_NAMES.values())


def language_of(path: str) -> str | None:
    """None for a file whose language is not known."""
    name = path.rpartition("/")[2].lower()
    return _NAMES.get(name) or _EXTENSIONS.get(name.rpartition(".")[2] if "." in name else "")
