"""``release``: trained weights become a model version that the server loads by name.

``python -m training release ADAPTER -o model/releases/NAME --name NAME …`` makes it one that lies
in the repository; ``FORETYPE_MODEL_RELEASE`` names it, or the path of a folder anywhere else.
"""

from pathlib import Path

from training.releasing.releases import ReleaseConfig, pack_release
from training.stage import FolderStage


def run(folder: Path, config: ReleaseConfig, out: Path) -> Path:
    """Pack what ``train`` wrote into ``folder``. Raises ``RunError``."""
    pack_release(folder, config, out)
    return out


STAGE = FolderStage(
    name="release",
    summary="weights, format, evaluation and data manifest as a model version to serve",
    version=1,
    config=ReleaseConfig,
    run=run,
)
