"""``manifest``: what a set of examples consists of, by what right; a release carries it.

Run it on the examples that go into ``format``. It ends the run at a row that neither a permissive
licence nor a user's consent allows to learn from.
"""

from collections.abc import Iterable
from pathlib import Path

from training.examples import Example
from training.releasing.data_manifest import MANIFEST_FILE, data_manifest
from training.stage import SinkStage, StageConfig


class ManifestConfig(StageConfig):
    """There is nothing to choose."""


def run(rows: Iterable[Example], config: ManifestConfig, out: Path) -> dict[str, int]:
    """Write ``data.json`` into ``out``. Raises ``RunError``."""
    manifest = data_manifest(rows)
    (out / MANIFEST_FILE).write_text(manifest.model_dump_json(indent=2) + "\n")
    return {
        "rows": manifest.num_rows,
        "repositories": len(manifest.repositories),
        "consented_rows": manifest.num_consented_rows,
    }


STAGE = SinkStage(
    name="manifest",
    summary="what examples consist of: repositories, licences, consent",
    version=1,
    config=ManifestConfig,
    run=run,
)
