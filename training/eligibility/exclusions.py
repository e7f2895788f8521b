"""Files that nobody types: generated, vendored, minified, locked, recorded."""

import re
from functools import lru_cache

import pathspec

PATTERNS = (
    # not ours
    "**/vendor/", "**/node_modules/", "**/third_party/", "**/thirdparty/", "**/external/",
    "**/site-packages/", "**/.yarn/", "**/Pods/",
    # built
    "**/dist/", "**/build/", "**/out/", "**/target/", "**/coverage/", "**/.next/",
    "**/__pycache__/", "*.min.js", "*.min.css", "*.bundle.js", "*.map", "*.wasm",
    # generated
    "**/generated/", "**/__generated__/", "*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py", "*.pb.go",
    "*.pb.cc", "*.pb.h", "*.g.dart", "*.gen.go", "*.gen.ts", "*.generated.*", "*_generated.*",
    "*.d.ts.map",
    # locked
    "*.lock", "*-lock.json", "*-lock.yaml", "*.lockb", "go.sum", "npm-shrinkwrap.json",
    # recorded
    "**/__snapshots__/", "*.snap", "**/cassettes/", "**/testdata/", "**/fixtures/",
)  # fmt: skip
MAX_MEAN_LINE_CHARS = 160
MAX_LINE_CHARS = 2000
HEADER_CHARS = 1200

_GENERATED = re.compile(
    r"@generated|\bdo not (edit|modify)\b|\bauto-?generated\b"
    r"|\bgenerated (by|from|with|using)\b.{0,80}(do not|tool|compiler|codegen|openapi|protoc)",
    re.IGNORECASE,
)


@lru_cache(maxsize=1)
def _patterns() -> pathspec.GitIgnoreSpec:
    return pathspec.GitIgnoreSpec.from_lines(PATTERNS)


def excluded(path: str, text: str | None) -> str | None:
    """Why a file is not to be learnt from, or None. ``text`` adds what only the content shows."""
    if _patterns().match_file(path):
        return "excluded_path"
    if text is None:
        return None
    if "\0" in text:
        return "binary"
    if _GENERATED.search(text[:HEADER_CHARS]):
        return "generated"
    lines = text.split("\n")
    if len(text) > MAX_MEAN_LINE_CHARS * len(lines) or max(map(len, lines)) > MAX_LINE_CHARS:
        return "minified"
    return None
