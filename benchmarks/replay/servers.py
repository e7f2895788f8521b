"""Starts and stops the servers that are compared, all with the same weights.

``foretype`` is this checkout's. ``llama-cpp`` (llama-cpp-python with its ``server`` extra) and
``sweep`` (sweep-autocomplete) run in an environment of their own. Any other server, started by
hand, is named by its protocol and address: ``completions:http://127.0.0.1:8001``.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.replay.protocols import Completions, Native, Sweep, WireProtocol
from benchmarks.running import free_port, program
from model import ModelConfig
from model.bpe_tokenizer import BpeTokenizer
from model.weights import configured_release, resolve_model_files
from model.weights.layout import TOKENIZER_FILE
from prompt_format import find_format

FORETYPE, LLAMA_CPP, SWEEP = "foretype", "llama-cpp", "sweep"
STARTED_HERE = (FORETYPE, LLAMA_CPP, SWEEP)
NATIVE, COMPLETIONS = "native", "completions"
CONTEXT_TOKENS = 2048
HUB_REPOSITORY = "local/model"
HUB_REVISION = "0" * 40


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers. ``process`` is None where somebody else started it."""

    name: str
    url: str
    protocol: WireProtocol
    process: psutil.Process | None = None


@dataclass(frozen=True, slots=True)
class Peers:
    """What other servers need: their Python, and the model as a GGUF file."""

    python: str
    gguf: Path


def export_model(folder: Path) -> Path:
    """The served model as a GGUF file in ``folder``, made by a process that ends."""
    file = folder / "model.gguf"
    subprocess.run([sys.executable, "-m", "benchmarks.replay.gguf_export", str(file)], check=True)
    return file


@contextmanager
def running(name: str, peers: Peers | None) -> Iterator[Running]:
    """The server of that name, or at ``PROTOCOL:URL``, for a ``with`` block.

    Raises ``ValueError`` for a name that says nothing.
    """
    if name == FORETYPE:
        with _foretype() as server:
            yield server
    elif name in STARTED_HERE:
        if peers is None:
            raise ValueError(f"{name} needs --peers-python")
        with (_llama_cpp if name == LLAMA_CPP else _sweep)(peers) as server:
            yield server
    else:
        kind, _colon, url = name.partition(":")
        if kind not in (NATIVE, COMPLETIONS, SWEEP) or not url.startswith("http"):
            known = ", ".join(STARTED_HERE)
            raise ValueError(f"{name} is no server: {known}, or native|completions|sweep:URL")
        yield Running(name, url, _protocol(kind))


def _protocol(kind: str) -> WireProtocol:
    if kind == COMPLETIONS:
        return prompts_of_release()
    return Native() if kind == NATIVE else Sweep()


def prompts_of_release() -> Completions:
    """Prompts in the format and the limits of the release that ``make serve`` serves."""
    config = ModelConfig()
    release = configured_release(config)
    if release is None:
        raise ValueError("the served model has no release that names a prompt format")
    files = resolve_model_files(config, release)
    return Completions(
        prompt_format=find_format(release.record.prompt_format),
        tokenizer=BpeTokenizer(files.folder.path / TOKENIZER_FILE),
        max_prompt_tokens=release.record.limits.max_prompt_tokens,
        max_output_tokens=release.record.limits.max_output_tokens,
    )


@contextmanager
def _foretype() -> Iterator[Running]:
    port = free_port()
    with program(["-m", "server"], port, "/readyz", FORETYPE_SERVER_PORT=str(port)) as process:
        yield Running(FORETYPE, _url(port), Native(), process)


@contextmanager
def _llama_cpp(peers: Peers) -> Iterator[Running]:
    """A client that leaves ends its request; others are not interrupted by it."""
    port = free_port()
    arguments = ["-m", "llama_cpp.server", "--model", str(peers.gguf), "--port", str(port)]
    arguments += ["--n_ctx", str(CONTEXT_TOKENS), "--interrupt_requests", "false"]
    arguments += ["--n_threads", str(os.cpu_count()), "--n_threads_batch", str(os.cpu_count())]
    with program(arguments, port, "/v1/models", peers.python) as process:
        yield Running(LLAMA_CPP, _url(port), prompts_of_release(), process)


@contextmanager
def _sweep(peers: Peers) -> Iterator[Running]:
    """It finds its model in the hub's cache only: a cache that holds nothing else is made."""
    port = free_port()
    cache = peers.gguf.parent / "hub"
    _put_into_hub(peers.gguf, cache)
    hub = {
        "HF_HUB_CACHE": str(cache),
        "HF_HUB_OFFLINE": "1",
        "MODEL_REPO": HUB_REPOSITORY,
        "MODEL_FILENAME": peers.gguf.name,
    }
    arguments = ["-c", "from sweep_autocomplete.cli import main; main()"]
    arguments += ["--host", "127.0.0.1", "--port", str(port)]
    with program(arguments, port, "/health", peers.python, **hub) as process:
        yield Running(SWEEP, _url(port), Sweep(), process)


def _put_into_hub(gguf: Path, cache: Path) -> None:
    folder = cache / f"models--{HUB_REPOSITORY.replace('/', '--')}"
    snapshot = folder / "snapshots" / HUB_REVISION
    if snapshot.exists():
        return
    snapshot.mkdir(parents=True)
    (snapshot / gguf.name).symlink_to(gguf.resolve())
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(HUB_REVISION)


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"
