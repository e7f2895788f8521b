"""``POST /v1/edits``: what the user changes in a file, so that the server can see what is kept.

For clients that do not watch regions themselves. Requests for predictions carry the file anyway;
these messages tell what happens between them.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from server.data.settling.buffers import EditMessage, PlacedEdit
from server.source_text import Unit
from server.wire.predict import Id, Path, RowColumn, Text
from server.wire.shapes import Request, Response

MAX_EDITS = 256


class EditIn(Request):
    """Replace from ``start`` up to ``end`` by ``new_text``, rows being rows of the file."""

    start: RowColumn
    end: RowColumn
    new_text: Text


class EditsRequest(Request):
    """Edits in order: each refers to the text as the one before has left it."""

    user: Id = ""
    session: Annotated[Text, StringConstraints(min_length=1, max_length=256)]
    path: Path
    unit: Unit = Field(default=Unit.UTF_8, description="What columns count.")
    version: int | None = Field(
        default=None,
        ge=0,
        description="Number of this message about the file, one more each time; requests for"
        " predictions carry the number of the last one before them. Numbered messages may come"
        " late, out of order and twice.",
    )
    edits: list[EditIn] = Field(default=[], max_length=MAX_EDITS)
    closed: bool = Field(default=False, description="The file is closed.")

    def message(self) -> EditMessage:
        return EditMessage(
            tuple(
                PlacedEdit(
                    (edit.start.row, edit.start.column),
                    (edit.end.row, edit.end.column),
                    edit.new_text.replace("\r\n", "\n"),
                    self.unit,
                )
                for edit in self.edits
            ),
            self.version,
        )


class EditsResponse(Response):
    """``watching`` regions of the file: while it is 0, nothing need be sent."""

    standing: str = Field(
        description="applied; held, until what is missing comes; repeated; unknown, nothing in the"
        " file is watched; lost, the next request's text will tell."
    )
    watching: int
