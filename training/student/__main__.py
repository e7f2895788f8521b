"""``python -m training.student predict|sample IN.jsonl OUT.jsonl [CONFIG.json]``: no runner.

For a machine with torch, transformers, pydantic and rapidfuzz alone, such as one with a GPU. Rows
go out in order; one that fails is left out and named. With ``cache`` set, the answers can be
carried to another machine, where the stage then runs with the same parameters and asks no model.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from itertools import islice
from pathlib import Path

from training.errors import RowError
from training.examples import Example
from training.stage import ClientStage, Dropped, StageConfig
from training.stages import predict, sample

STAGES = {stage.name: stage for stage in (predict.STAGE, sample.STAGE)}
ROWS_AT_ONCE = 1024


def main(arguments: Sequence[str]) -> int:
    """0, or 1 if a row failed."""
    if len(arguments) not in (3, 4) or arguments[0] not in STAGES:
        print(__doc__, file=sys.stderr)
        return 2
    stage = STAGES[arguments[0]]
    text = Path(arguments[3]).read_text() if len(arguments) == 4 else "{}"
    config = stage.config.model_validate_json(text)
    return asyncio.run(_run(stage, config, Path(arguments[1]), Path(arguments[2])))


async def _run(stage: ClientStage, config: StageConfig, given: Path, out: Path) -> int:
    num_failed = 0
    async with stage.open(config) as client:
        with given.open() as lines, out.open("w") as written:
            while part := [
                Example.model_validate_json(line) for line in islice(lines, ROWS_AT_ONCE)
            ]:
                async for row in _answers(stage, config, client, part):
                    if isinstance(row, Example):
                        written.write(row.model_dump_json() + "\n")
                    num_failed += isinstance(row, RowError)
                written.flush()
                print(client.stats(), file=sys.stderr, flush=True)
    return 1 if num_failed else 0


async def _answers(
    stage: ClientStage, config: StageConfig, client: object, rows: Sequence[Example]
) -> AsyncIterator[Example | Dropped | RowError]:
    asked = (stage.run(row, config, client) for row in rows)
    answers = await asyncio.gather(*asked, return_exceptions=True)
    for row, answer in zip(rows, answers, strict=True):
        if isinstance(answer, RowError):
            print(f"{row.spec.name}: {answer.code}: {answer}", file=sys.stderr)
        elif isinstance(answer, BaseException):
            raise answer
        assert isinstance(answer, Example | Dropped | RowError)
        yield answer


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
