from training.examples import Example, ExampleSpec
from training.observation import VariedObservationConfig

ROWS = [Example(spec=ExampleSpec(name=f"row-{number}")) for number in range(2000)]


def num_without(config: VariedObservationConfig, tag: str = "kind:fim") -> tuple[int, int, int]:
    """Rows without history, without related files, and without either."""
    tagged = [row.model_copy(update={"spec": _tagged(row.spec, tag)}) for row in ROWS]
    shown = [config.observation_of(row) for row in tagged]
    no_history = [each.history_events == 0 for each in shown]
    no_files = [each.related_files == 0 for each in shown]
    both = [one and other for one, other in zip(no_history, no_files, strict=True)]
    return sum(no_history), sum(no_files), sum(both)


def _tagged(spec: ExampleSpec, tag: str) -> ExampleSpec:
    return spec.model_copy(update={"tags": (tag,)})


def test_all_is_shown_unless_said_otherwise() -> None:
    assert num_without(VariedObservationConfig()) == (0, 0, 0)


def test_a_share_of_the_rows_is_shown_less_and_both_shares_are_independent() -> None:
    config = VariedObservationConfig(without_history_rate=0.25, without_related_files_rate=0.5)
    history, files, both = num_without(config)
    assert 400 < history < 600 and 900 < files < 1100 and 180 < both < 320
    other = num_without(config.model_copy(update={"seed": 1}))
    assert num_without(config) == (history, files, both) != other


def test_history_that_is_the_clue_stays() -> None:
    config = VariedObservationConfig(without_history_rate=1.0)
    assert num_without(config, "kind:near") == (0, 0, 0)
    assert num_without(config, "kind:no_edit") == (2000, 0, 0)
