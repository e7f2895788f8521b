"""``settle``: which settled examples are worth learning from, and what to learn from them.

The target is the sample nearest to the settled text, not the settled text itself: it is what the
student can say, and it leaves out what no one could have foreseen.
"""

from typing import Literal

from pydantic import Field

from prompt_format import TextRange
from training.errors import InvalidRow, MissingSection
from training.examples import Example, Sample, Settled
from training.regions import patch_of_region
from training.settling import ZoneThresholds, sample_distances, zone_of
from training.stage import Dropped, MapStage

NO_SAMPLE = "no_sample"


class SettleConfig(ZoneThresholds):
    """Where the zones begin, and which are kept."""

    keep: tuple[Literal["obvious", "middle", "noise"], ...] = Field(
        default=("middle",), description="Zones whose examples go on."
    )
    keep_samples: bool = Field(default=False, description="Whether the samples' texts go on, too.")


def run(example: Example, config: SettleConfig) -> Example | Dropped:
    """``settled`` with distances and zone, ``expected_patches`` with the nearest sample."""
    settled = measured(example, whole=config.whole_region)
    if settled.closest is None:
        return Dropped(NO_SAMPLE)
    zone = zone_of(settled.distances[settled.closest], config)
    if zone not in config.keep:
        return Dropped(zone)
    assert example.prompt_inputs is not None
    region = TextRange(start=settled.region_start, end=settled.region_end)
    target = example.samples[settled.closest].text
    patch = patch_of_region(example.prompt_inputs, region, target)
    return example.model_copy(
        update={
            "spec": example.spec.model_copy(update={"expected_patches": (patch,)}),
            "settled": settled.model_copy(update={"zone": zone}),
            "samples": example.samples if config.keep_samples else (),
        }
    )


def measured(example: Example, *, whole: bool) -> Settled:
    """The settled section with distances: 1 for a sample that is none, and the nearest one.

    Of several equally near samples the first is taken. Raises ``RowError`` for a row without
    samples or with a region off its text.
    """
    prompt_input, settled = example.prompt_inputs, example.settled
    if prompt_input is None or settled is None:
        raise MissingSection("the example has no settled region; run ingest first")
    if not example.samples:
        raise MissingSection("the example has no samples; run sample first")
    excerpt = prompt_input.excerpt_bytes
    if not 0 <= settled.region_start <= settled.region_end <= len(excerpt):
        raise InvalidRow("the settled region lies outside the excerpt")
    try:
        old = excerpt[settled.region_start : settled.region_end].decode()
    except UnicodeDecodeError:
        raise InvalidRow("the settled region splits a character") from None
    good = [at for at, sample in enumerate(example.samples) if _is_good(sample)]
    texts = [example.samples[at].text for at in good]
    found = sample_distances(old, settled.text, texts, whole=whole)
    distances = [1.0] * len(example.samples)
    for at, distance in zip(good, found, strict=True):
        distances[at] = round(distance, 4)
    closest = min(good, key=lambda at: distances[at], default=None)
    return settled.model_copy(update={"distances": tuple(distances), "closest": closest})


def _is_good(sample: Sample) -> bool:
    return sample.error is None


STAGE = MapStage(
    name="settle",
    summary="zones by the distance of the samples to the settled text; the nearest is the target",
    version=1,
    config=SettleConfig,
    run=run,
)
