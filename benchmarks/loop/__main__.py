"""The command line of the loop.

    python -m benchmarks.loop --repository FOLDER [--passages 40] [--steps 4] [--work FOLDER]

Types passages of the repository's history against a server that records what may be recorded, makes
examples of what settled, trains a student on them for a few steps, and serves the new adapter.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import httpx

from benchmarks.loop.typist import Typist
from benchmarks.replay.passage import Passage
from benchmarks.replay.repository import passages_of
from benchmarks.running import free_port, program
from eventlog.privacy.licenses import find_license_files
from model.weights.obtain import obtain
from model.weights.resolve import default_cache_dir
from training.errors import RunError

ADMIN_TOKEN = "token-of-the-loop-alone"
SETTLE_SECONDS = 1.0
RECIPE = Path(__file__).parents[2] / "training" / "recipes" / "loop.yaml"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the new adapter has answered; 1 with a line that says what failed."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        try:
            _run(options, work)
        except (RunError, RuntimeError, OSError, httpx.HTTPError) as error:
            print(f"loop: {error}", file=sys.stderr)
            return 1
    return 0


def _run(options: argparse.Namespace, work: Path) -> None:
    data = work / "data"
    passages = list(islice(passages_of(options.repository, options.seed), options.passages))
    if not passages:
        raise RunError(f"{options.repository} has no commits that can be typed")
    environment = dict(pair.split("=", 1) for pair in options.set_server)
    with _server(environment, data) as port:
        asyncio.run(_type(port, passages, options.repository))
    _train(options, data, work)
    served = {
        "FORETYPE_MODEL_ADAPTER": str(work / "student"),
        "FORETYPE_ROLLOUT_PROMPT_FORMAT": options.prompt_format,
    }
    with _server(environment | served, work / "data-again") as port:
        asyncio.run(_type(port, passages[:1], options.repository))


@contextmanager
def _server(environment: Mapping[str, str], data: Path) -> Iterator[int]:
    """A server that records into ``data``; its port."""
    port = free_port()
    settings = {
        "FORETYPE_SERVER_PORT": str(port),
        "FORETYPE_DATA_FOLDER": str(data),
        "FORETYPE_DATA_ADMIN_TOKEN": ADMIN_TOKEN,
        "FORETYPE_DATA_SETTLE_SECONDS": str(SETTLE_SECONDS),
        "FORETYPE_DATA_MIN_FREE_MB": "0",
    }
    with program(["-m", "server"], port, "/readyz", **settings, **environment):
        yield port


async def _type(port: int, passages: Sequence[Passage], repository: Path) -> None:
    """Type the passages, then wait until all that was predicted has settled."""
    async with _client(port) as http:
        typist = Typist(http, "typist", repository.resolve().name)
        await typist.consent("1", _license_text(repository))
        for passage in passages:
            await typist.type(passage)
        while await _metric(http, "foretype_regions_watched") > 0:
            await asyncio.sleep(SETTLE_SECONDS / 4)
        version = (await http.get("/v1/models")).json()["data"][0]["version"]
        kept = await _metric(http, "foretype_kept_bytes_total")
        candidate = await _metric(http, "foretype_candidate_bytes_total")
    _say(
        f"{version}: {len(passages)} passages typed: {typist.num_predictions} predictions,"
        f" {typist.num_accepted} accepted; {kept:.0f} of {candidate:.0f} predicted bytes kept"
    )


def _train(options: argparse.Namespace, data: Path, work: Path) -> None:
    """Run the recipe on what was recorded."""
    model = options.model or obtain(default_cache_dir(), report=_say)
    chosen = [
        f"data={data}",
        f"model={model}",
        f"prompt_format={options.prompt_format}",
        f"steps={options.steps}",
        *options.set,
    ]
    command = [sys.executable, "-m", "training", "recipe", str(RECIPE), "--workdir", str(work)]
    done = subprocess.run([*command, *(part for each in chosen for part in ("--set", each))])
    if done.returncode:
        raise RunError("training failed")


def _client(port: int) -> httpx.AsyncClient:
    headers = {"authorization": f"Bearer {ADMIN_TOKEN}"}
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60)


async def _metric(http: httpx.AsyncClient, name: str) -> float:
    page = (await http.get("/metrics")).text
    rows = [row for row in page.splitlines() if row.startswith(name)]
    return sum(float(row.rsplit(" ", 1)[1]) for row in rows)


def _license_text(repository: Path) -> str:
    """The licence file of the newest commit. Raises ``RunError`` if there is none."""
    names = _git(repository, "ls-tree", "--name-only", "HEAD").splitlines()
    found = find_license_files(names)
    if not found:
        raise RunError(f"{repository} has no licence file")
    return _git(repository, "show", f"HEAD:{found[0]}")


def _git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True)
    if done.returncode:
        raise RunError(f"git {arguments[0]} failed in {repository}")
    return done.stdout.decode(errors="replace")


def _say(text: str) -> None:
    print(text, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.loop")
    parser.add_argument("--repository", type=Path, required=True, help="whose commits are typed")
    parser.add_argument("--passages", type=int, default=40, help="files of commits")
    parser.add_argument("--steps", type=int, default=4, help="steps of training")
    parser.add_argument("--work", type=Path, help="folder of all results; unset: none are kept")
    parser.add_argument("--model", type=Path, help="folder of the base model; unset: ours")
    parser.add_argument("--prompt-format", default="foretype-span")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], help="a variable of the recipe")
    parser.add_argument(
        "--set-server", action="append", default=[], help="a variable of the server's environment"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
