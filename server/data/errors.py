"""What can be wrong with a request about someone's data."""

from typing import ClassVar


class DataError(Exception):
    """Base class. ``code`` is the stable, machine-readable name."""

    code: ClassVar[str] = "data_error"


class DataOff(DataError):
    """This server keeps nothing, so there is nothing to consent to, to show or to erase."""

    code = "data_off"


class DataOverloaded(DataError):
    """Too much waits to be recorded or watched; trying again soon helps."""

    code = "data_overloaded"


class ForbiddenUser(DataError):
    """The token speaks for another user."""

    code = "forbidden_user"


class ForbiddenProject(DataError):
    """Nobody may give consent for this project here."""

    code = "forbidden_project"


class PolicyChanged(DataError):
    """The user has agreed to another version of the policy than is in force."""

    code = "policy_changed"
