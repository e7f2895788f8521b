"""Batches that were sent and not collected yet, remembered between runs.

A batch may take a day: a run that is killed while it waits must not pay for it again. One file for
each batch, named after it, holds the requests: a line each, as the cache knows them.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

from training.teacher.errors import InvalidAnswer
from training.teacher.values import Question

_BATCH_ID = re.compile(r"[\w-]{1,200}")
_URL_DIGITS = 12


class AnswerStore(Protocol):
    """What the teacher needs of ``training.cache.AnswerCache``."""

    def get(self, request: Mapping[str, Any]) -> dict[str, Any] | None: ...

    def put(self, request: Mapping[str, Any], answer: Mapping[str, Any]) -> None: ...


class OpenBatches:
    """``folder`` holds the batches of one endpoint."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def of_endpoint(cls, cache: Path, api: str, url: str) -> Self:
        """Beside the cache that the answers will go to."""
        digits = hashlib.sha256(url.encode()).hexdigest()[:_URL_DIGITS]
        return cls(cache.with_suffix(".batches") / f"{api}-{digits}")

    def ids(self) -> list[str]:
        """Of all open batches."""
        return sorted(path.stem for path in self._folder.glob("*.jsonl"))

    def add(self, batch_id: str, questions: Sequence[Question]) -> None:
        """Remember a batch. Raises ``InvalidAnswer`` for an id that cannot name a file."""
        if not _BATCH_ID.fullmatch(batch_id):
            raise InvalidAnswer("the endpoint's batch has no usable id")
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(batch_id)
        unfinished = path.with_suffix(f".{os.getpid()}.tmp")
        with unfinished.open("w", encoding="utf-8") as file:
            for question in questions:
                line = {"key": question.key, "request": question.request()}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)

    def keys(self, batch_id: str) -> set[str]:
        """Of the questions in it."""
        return {line["key"] for line in self._lines(batch_id)}

    def requests(self, batch_id: str) -> dict[str, Mapping[str, Any]]:
        """The requests in it, by the keys of their questions."""
        return {line["key"]: line["request"] for line in self._lines(batch_id)}

    def remove(self, batch_id: str) -> None:
        """Forget a batch that was collected."""
        self._path(batch_id).unlink(missing_ok=True)

    def _lines(self, batch_id: str) -> Iterator[dict[str, Any]]:
        with self._path(batch_id).open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)

    def _path(self, batch_id: str) -> Path:
        return self._folder / f"{batch_id}.jsonl"
