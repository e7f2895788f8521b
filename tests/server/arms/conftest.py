"""A student that everybody is served, and a new one."""

import pytest

from tests.server.arms.serving import Student
from tests.server.test_spared_keystrokes import LINE


@pytest.fixture
def base() -> Student:
    return Student(LINE, "base-1")


@pytest.fixture
def new() -> Student:
    return Student("width * height", "new-1")
