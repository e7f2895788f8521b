"""From a row's bytes to a record and back. What is wrong with a row is said without quoting it."""

from typing import TypeVar, cast

from pydantic import BaseModel, ValidationError

from prompt_format import PromptFormatError
from training.errors import InvalidRow
from training.examples import Example
from training.files.reading import RawRow

MAX_PROBLEMS = 3
MAX_PLACE_CHARS = 80

Row = TypeVar("Row", bound=BaseModel)


def parse_row(raw: RawRow, record: type[Row]) -> Row:
    """``raw`` as a ``record``; an example without a name gets the row's label.

    Raises ``InvalidRow`` with the fields that are wrong, never with what they hold.
    """
    if raw.problem is not None:
        raise InvalidRow(raw.problem)
    if raw.is_markdown:
        return _from_markdown(raw, record)
    if not raw.data.strip():
        raise InvalidRow("the line is empty")
    try:
        row = record.model_validate_json(raw.data)
    except ValidationError as error:
        raise InvalidRow(describe(error)) from None
    except PromptFormatError as error:
        raise InvalidRow(f"prompt_inputs: {error}") from None
    if isinstance(row, Example) and not row.spec.name:
        spec = row.spec.model_copy(update={"name": raw.label})
        return row.model_copy(update={"spec": spec})
    return row


def to_line(row: BaseModel) -> bytes:
    """The row as one line of JSON, with its end."""
    return row.model_dump_json().encode() + b"\n"


def describe(error: ValidationError) -> str:
    """The first few places and what is wrong there, without the values."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    problems = []
    for each in found[:MAX_PROBLEMS]:
        place = ".".join(str(part) for part in each["loc"])[:MAX_PLACE_CHARS]
        problems.append(f"{place}: {each['msg']}" if place else each["msg"])
    if len(found) > MAX_PROBLEMS:
        problems.append(f"and {len(found) - MAX_PROBLEMS} more")
    return "; ".join(problems)


def _from_markdown(raw: RawRow, record: type[Row]) -> Row:
    if not issubclass(Example, record):
        raise InvalidRow(f"markdown holds examples, the stage reads {record.__name__}")
    try:
        text = raw.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidRow("the file is not UTF-8") from None
    from training.files.markdown import read_markdown  # parses more than most runs need

    try:
        return cast(Row, read_markdown(text, raw.label))
    except ValidationError as error:
        raise InvalidRow(describe(error)) from None
