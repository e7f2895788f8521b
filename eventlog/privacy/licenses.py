"""Which licence a file is under, read from the texts of licence files; permissive ones only.

A text is known by phrases that only it has. What is not recognised is not permissive: the answer is
None until we find out. A licence file counts for its folder and all below that have none.
"""

import re
from collections.abc import Iterable, Mapping

_PHRASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Apache-2.0", ("apache license", "version 2.0")),
    (
        "BSD-3-Clause",
        (
            "redistribution and use in source and binary forms",
            "redistributions in binary form must reproduce",
            "to endorse or promote products",
        ),
    ),
    (
        "BSD-2-Clause",
        (
            "redistribution and use in source and binary forms",
            "redistributions in binary form must reproduce",
        ),
    ),
    (
        "UPL-1.0",
        ("universal permissive license", "larger works"),
    ),
    (
        "MIT",
        (
            "permission is hereby granted, free of charge, to any person obtaining a copy",
            "the above copyright notice and this permission notice shall be included",
        ),
    ),
    (
        "ISC",
        (
            "permission to use, copy, modify, and/or distribute this software for any purpose",
            "provided that the above copyright notice and this permission notice appear",
        ),
    ),
    ("0BSD", ("permission to use, copy, modify, and/or distribute this software for any purpose",)),
    (
        "Zlib",
        (
            "this software is provided 'as-is', without any express or implied warranty",
            "altered source versions must be plainly marked",
        ),
    ),
    ("Unlicense", ("this is free and unencumbered software released into the public domain",)),
)
PERMISSIVE = frozenset(name for name, _phrases in _PHRASES)

_RESTRICTED = (
    "gnu general public license",
    "gnu affero general public license",
    "gnu lesser general public license",
    "mozilla public license",
    "server side public license",
    "business source license",
    "commons clause",
    "elastic license",
    "all rights reserved by",
    "creativecommons",
)
_NAME = re.compile(
    r"(licen[sc]e|copying|unlicense)([-_][a-z0-9-]+(\.[0-9])?)?(\.(md|txt|rst))?", re.IGNORECASE
)
_HEADING_CHARS = 3000


def classify_license(text: str) -> str | None:
    """SPDX id of the first permissive licence in ``text``; None for any other.

    A text that opens with a licence of another kind is that one, whatever it permits besides.
    """
    words = re.sub(r"[\s*#>\"\u201c\u201d]+", " ", re.sub("[\u2018\u2019]", "'", text.lower()))
    if any(name in words[:_HEADING_CHARS] for name in _RESTRICTED):
        return None
    for name, phrases in _PHRASES:
        if all(phrase in words for phrase in phrases):
            return name
    return None


def find_license_files(paths: Iterable[str]) -> list[str]:
    """Those that hold a licence by their name."""
    return [path for path in paths if _NAME.fullmatch(path.rpartition("/")[2])]


def licenses_by_folder(texts: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    """The licence of every folder that has a licence file; "" is the root.

    ``texts`` are paths of licence files with their content. Where one folder has several, none may
    be unknown.
    """
    found: dict[str, str | None] = {}
    for path, text in texts:
        folder = path.rpartition("/")[0]
        if found.get(folder, "") is not None:
            found[folder] = classify_license(text)
    return found


def license_of(path: str, licenses: Mapping[str, str | None]) -> str | None:
    """The licence of a file: that of the nearest folder above it that has one."""
    folder = path.rpartition("/")[0]
    while folder and folder not in licenses:
        folder = folder.rpartition("/")[0]
    return licenses.get(folder)
