import pytest

from eventlog.privacy.licenses import (
    classify_license,
    find_license_files,
    license_of,
    licenses_by_folder,
)
from tests.training.history.repositories import LICENSE

BSD = """Copyright (c) 2026. Redistribution and use in source and binary forms are permitted.
* Redistributions in binary form must reproduce the above copyright notice.
"""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (LICENSE, "MIT"),
        ("        Apache License\n   Version 2.0, January 2004\n", "Apache-2.0"),
        (BSD, "BSD-2-Clause"),
        (BSD + "to endorse or\n   promote products", "BSD-3-Clause"),
        ("GNU GENERAL PUBLIC LICENSE\n" + LICENSE, None),
        ("Business Source License 1.1 ... Change License: Apache License, Version 2.0", None),
        ("All rights reserved.", None),
        ("", None),
    ],
)
def test_a_licence_is_known_by_its_text(text: str, name: str | None) -> None:
    assert classify_license(text) == name


def test_licence_files_are_known_by_their_names() -> None:
    names = ["LICENSE", "LICENSE-MIT", "docs/LICENCE.md", "COPYING", "UNLICENSE", "License.txt"]
    others = ["license.rs", "src/license_form.tsx", "relicense.md", "LICENSES.py"]
    assert find_license_files([*names, *others]) == names


def test_a_folder_without_a_licence_is_under_the_one_above() -> None:
    texts = [("LICENSE", LICENSE), ("ee/LICENSE", "The Enterprise License"), ("x/LICENSE-MIT", BSD)]
    licenses = licenses_by_folder(texts)
    assert license_of("src/a.py", licenses) == "MIT"
    assert license_of("ee/src/a.py", licenses) is None
    assert license_of("x/y/a.py", licenses) == "BSD-2-Clause"
    assert license_of("a.py", {}) is None


def test_of_several_licences_in_a_folder_none_may_be_unknown() -> None:
    for texts in ([("A", LICENSE), ("B", "unknown")], [("B", "unknown"), ("A", LICENSE)]):
        assert licenses_by_folder(texts) == {"": None}
