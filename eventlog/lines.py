"""One line of the log: a JSON object that ends with the checksum of the rest of it.

``{"kind":"outcome",...,"crc":"89abcdef"}``: any JSON reader takes it, and ours can tell a whole
line from one that a crash or a disk has damaged.
"""

import zlib

_MARK = b',"crc":"'
_END = b'"}\n'
_TAIL_BYTES = len(_MARK) + 8 + len(_END)


def checked_line(fields: bytes) -> bytes:
    """The line of a JSON object with at least one field."""
    return b'%b%b%08x"}\n' % (fields[:-1], _MARK, zlib.crc32(fields))


def is_checked(line: bytes) -> bool:
    """Whether the line ends with a checksum, right or wrong."""
    return line.endswith(_END) and line[-_TAIL_BYTES:].startswith(_MARK)


def is_whole(line: bytes) -> bool:
    """Whether the line ends with the checksum of the rest of it."""
    if not is_checked(line):
        return False
    fields = line[:-_TAIL_BYTES] + b"}"
    return line[-len(_END) - 8 : -len(_END)] == b"%08x" % zlib.crc32(fields)
