"""From the bytes of tokens to text that may be shown: whole characters, nothing of a stop string.

Knows neither tokens nor engines.
"""

import codecs
from collections.abc import Sequence


class TextStream:
    """Turns bytes into text as they come. Holds back what may be the start of a stop string.

    Bytes that are no UTF-8 become U+FFFD; a character cut off by the end of the answer is dropped.
    """

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self._stop = tuple(text for text in stop if text)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""
        self.is_stopped = False

    def push(self, data: bytes) -> str:
        """Text that ``data`` makes certain. Empty once a stop string has been seen."""
        if self.is_stopped:
            return ""
        text = self._held + self._decoder.decode(data)
        if not self._stop:
            return text
        cuts = [cut for cut in (text.find(stop) for stop in self._stop) if cut >= 0]
        if cuts:
            self.is_stopped = True
            self._held = ""
            return text[: min(cuts)]
        split = len(text) - self._num_held(text)
        self._held = text[split:]
        return text[:split]

    def finish(self) -> str:
        """What was held back and turned out to be no stop string."""
        held, self._held = self._held, ""
        return held

    def _num_held(self, text: str) -> int:
        """Length of the longest end of ``text`` that begins a stop string."""
        longest = min(len(text), max(map(len, self._stop)) - 1)
        for length in range(longest, 0, -1):
            if any(stop.startswith(text[-length:]) for stop in self._stop):
                return length
        return 0
