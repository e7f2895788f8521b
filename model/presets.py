"""Published open students: one name says which model it is, and how it was trained to be asked.

Prompt format and limits follow ``prompt_format``'s modules, which name their sources; stop strings
and special tokens are the format's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from model.engine import ModelCard
from model.errors import ModelFilesError


@dataclass(frozen=True, slots=True)
class Preset:
    """A model on the hub. ``architecture`` is what its ``config.json`` calls ``model_type``."""

    name: str
    model_id: str
    architecture: str
    card: ModelCard
    description: str


_PRESETS = (
    Preset(
        name="zeta",
        model_id="zed-industries/zeta",
        architecture="qwen2",
        card=ModelCard("zeta1", max_prompt_tokens=2048, max_output_tokens=1024),
        description="Zed's first, 7 B: rewrites the region between two tags",
    ),
    Preset(
        name="zeta-2",
        model_id="zed-industries/zeta-2",
        architecture="llama",
        card=ModelCard("V0211SeedCoder", max_prompt_tokens=4096, max_output_tokens=768),
        description="Zed's second, 8 B: rewrites the whole region between merge markers",
    ),
    Preset(
        name="zeta-2.1",
        model_id="zed-industries/zeta-2.1",
        architecture="llama",
        card=ModelCard("V0318SeedMultiRegions", max_prompt_tokens=4096, max_output_tokens=768),
        description="Zed's second, 8 B: rewrites only the marked blocks that change",
    ),
    *(
        Preset(
            name=f"sweep-{size}",
            model_id=f"sweepai/sweep-next-edit-{size.upper()}",
            architecture="qwen2",
            card=ModelCard("sweep", max_prompt_tokens=3072, max_output_tokens=256),
            description=f"Sweep's next edit, {size.upper()}: rewrites the rows around the cursor",
        )
        for size in ("0.5b", "1.5b")
    ),
    *(
        Preset(
            name=f"qwen2.5-coder-{size}",
            model_id=f"Qwen/Qwen2.5-Coder-{size.upper()}",
            architecture="qwen2",
            card=ModelCard("fim-qwen", max_prompt_tokens=1536, max_output_tokens=96),
            description=f"Qwen2.5-Coder's base, {size.upper()}: fills in at the cursor",
        )
        for size in ("0.5b", "1.5b", "3b", "7b")
    ),
    *(
        Preset(
            name=f"starcoder2-{size}",
            model_id=f"bigcode/starcoder2-{size}",
            architecture="starcoder2",
            card=ModelCard("fim-starcoder", max_prompt_tokens=1536, max_output_tokens=96),
            description=f"StarCoder2, {size.upper()}: fills in at the cursor",
        )
        for size in ("3b", "7b")
    ),
    Preset(
        name="mellum",
        model_id="JetBrains/Mellum-4b-base",
        architecture="llama",
        card=ModelCard("fim-mellum", max_prompt_tokens=1536, max_output_tokens=96),
        description="JetBrains' Mellum, 4 B: fills in at the cursor, after reading other files",
    ),
)

PRESETS: Mapping[str, Preset] = MappingProxyType({preset.name: preset for preset in _PRESETS})


def find_preset(name: str) -> Preset:
    """Raises ``ModelFilesError`` with the list of names."""
    if name not in PRESETS:
        raise ModelFilesError(
            f"there is no preset {name}; correct FORETYPE_MODEL_PRESET: {', '.join(PRESETS)}"
        )
    return PRESETS[name]
