"""As much of markdown as example files use: headings, fenced blocks, and text between them."""

import re
from dataclasses import dataclass, field

from training.errors import InvalidRow

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?[ \t]*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*(.*?)[ \t]*")
_RUN = re.compile(r"[`~]{3,}")
_MAX_LEVEL = 4
_TITLE, _SECTION = 1, 2


@dataclass(slots=True)
class Block:
    """A fenced block: its info string, its text, the line of text that stands before it."""

    info: str
    text: str
    line_before: str


@dataclass(slots=True)
class Section:
    """What stands below a second-level heading; ``title`` in lower case."""

    title: str
    blocks: list[Block] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What stands outside of blocks and headings."""
        return "\n".join(self.lines).strip()


def read_sections(body: str) -> tuple[str, list[Section]]:
    """The first heading, empty if there is none, and all sections in order.

    Raises ``InvalidRow``, with the line, for deep headings, indented code and open fences.
    """
    title = ""
    sections = [Section("")]
    lines = body.split("\n")
    at, line_before = 0, ""
    while at < len(lines):
        line, section = lines[at], sections[-1]
        opening, heading = _FENCE.fullmatch(line), _HEADING.fullmatch(line)
        if opening is not None and not (opening[1][0] == "`" and "`" in opening[2]):
            text, at = _read_block(lines, at, opening[1])
            section.blocks.append(Block(opening[2], text, line_before))
            line_before = ""
            continue
        if heading is not None:
            level, words = len(heading[1]), (heading[2] or "").strip()
            if level > _MAX_LEVEL:
                raise InvalidRow(f"line {at + 1}: a heading that is too deep")
            if level == _TITLE:
                title = title or words
            elif level == _SECTION:
                sections.append(Section(words.lower()))
        elif _is_indented_code(lines, at):
            raise InvalidRow(f"line {at + 1}: indented code; put it in a fence")
        else:
            section.lines.append(line)
        line_before = line.strip() or line_before
        at += 1
    return title, sections[1:]


def fence(text: str, info: str) -> str:
    """``text`` as a block that nothing in it can end, followed by an empty line."""
    longest = max((len(run) for run in _RUN.findall(text)), default=2)
    marks = ("~" if "`" in info else "`") * (longest + 1)
    return f"{marks}{info}\n{text}{'' if text.endswith(chr(10)) else chr(10)}{marks}\n"


def _read_block(lines: list[str], at: int, opening: str) -> tuple[str, int]:
    """The text of the block that opens at ``at``, and where what follows it starts."""
    for end in range(at + 1, len(lines)):
        mark = lines[end].strip()
        is_mark = len(mark) >= len(opening) and not mark.strip(opening[0])
        if is_mark and len(lines[end]) - len(lines[end].lstrip(" ")) <= _MAX_LEVEL - 1:
            return "".join(line + "\n" for line in lines[at + 1 : end]), end + 1
    raise InvalidRow(f"line {at + 1}: a fence that is never closed")


def _is_indented_code(lines: list[str], at: int) -> bool:
    is_indented = lines[at].startswith(("    ", "\t")) and bool(lines[at].strip())
    return is_indented and (at == 0 or not lines[at - 1].strip())
