"""Whether a release's adapter can be added to the model that an engine has loaded already."""

from model.config import ModelConfig
from model.errors import ModelFilesError
from model.presets import find_preset
from model.weights.folder import ModelFolder
from model.weights.layout import WEIGHTS_FILE
from model.weights.lora_config import read_lora_config
from model.weights.release import Release
from model.weights.release_record import BaseModelRecord
from model.weights.served import resolve_model_files


def check_can_be_added(release: Release, config: ModelConfig) -> None:
    """Look at every file. ``config`` is what the engine was started with.

    Raises ``ModelFilesError`` for damaged files, for an adapter that fits another model than the
    one served, and for what an engine cannot add while it runs.
    """
    name, base = release.record.name, release.record.base
    if base is None:
        raise ModelFilesError(
            f"{name} is a whole model; beside another one only an adapter can be served here"
        )
    if config.release_name is not None or config.adapter is not None:
        raise ModelFilesError(
            f"{name} cannot be added to a model that has an adapter merged into it;"
            " start the server with FORETYPE_MODEL_RELEASE=none"
        )
    release.verify()
    if read_lora_config(release.path).token_rows:
        raise ModelFilesError(
            f"{name} has trained token rows, which vLLM's adapters cannot hold;"
            " start a server with it instead"
        )
    folder = resolve_model_files(config, None).folder
    if not _is_base(folder, base, config):
        raise ModelFilesError(f"{name} was made for {base.name}, which is not the model served")


def _is_base(folder: ModelFolder, base: BaseModelRecord, config: ModelConfig) -> bool:
    """By the weights' digest; of a preset whose weights are not here, or in parts, by its name."""
    if (folder.path / WEIGHTS_FILE).is_file():
        return folder.weights_sha256() == base.weights_sha256
    names = {folder.name, folder.path.name}
    if config.preset is not None:
        names.add(find_preset(config.preset).model_id.rpartition("/")[2])
    return base.name in names
