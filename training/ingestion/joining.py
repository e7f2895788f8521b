"""Second pass: the records of one prediction as one example."""

from collections.abc import Sequence

from eventlog import OutcomeRecord, PredictionRecord, SettledRecord, Snapshot
from prompt_format import Edit, PromptInput
from prompt_format.cursor_region import insert_cursor
from quality.languages import language_of
from training.cursors import cursor_after
from training.examples import (
    Example,
    ExampleSpec,
    Prediction,
    Settled,
    Telemetry,
)
from training.regions import patch_of_region

PROVIDER = "served"
ACCEPTED_MARK = "// User accepted prediction:\n"


def example_of(
    record: PredictionRecord, outcomes: Sequence[OutcomeRecord], settled: SettledRecord | None
) -> Example:
    """``record`` must hold a snapshot. Outcomes come in order of time; the last word counts."""
    snapshot = record.snapshot
    assert snapshot is not None
    prompt_input = snapshot.prompt_input
    prediction = _prediction(record, snapshot)
    settled_region = _settled(snapshot, settled)
    verdict = _verdict(outcomes)
    is_edit = record.reason is None and snapshot.new_text is not None
    patch = prediction.actual_patch if is_edit else None
    return Example(
        spec=ExampleSpec(
            name=record.prediction_id,
            repository_url=prompt_input.repo_url or "",
            tags=_tags(verdict, settled_region),
            cursor_path=prompt_input.cursor_path,
            cursor_position=insert_cursor(
                prompt_input.cursor_excerpt, prompt_input.cursor_offset_in_excerpt
            ),
            edit_history=_edit_history(prompt_input),
            expected_patches=(patch,) if patch and _is_accepted(verdict) else (),
            rejected_patch=patch if patch and _is_rejected(verdict, outcomes) else None,
            telemetry=_telemetry(record, verdict, outcomes),
            rating=next((each.rating for each in reversed(outcomes) if each.rating), None),
        ),
        prompt_inputs=prompt_input,
        predictions=(prediction,),
        settled=settled_region,
        license=record.consent.license,
        language=language_of(prompt_input.cursor_path),
        session=record.session or None,
    )


def _prediction(record: PredictionRecord, snapshot: Snapshot) -> Prediction:
    """What the server answered, as a patch of the region of the format that was used."""
    patch, cursor = None, None
    region, new_text = snapshot.editable_range, snapshot.new_text
    if region is not None and new_text is not None:
        snapshot.prompt_input.check_range(region, "editable_range")
        patch = patch_of_region(snapshot.prompt_input, region, new_text, snapshot.cursor_offset)
        edit = Edit(region, new_text, snapshot.cursor_offset)
        cursor = cursor_after(snapshot.prompt_input, edit)
    return Prediction(
        provider=PROVIDER,
        actual_patch=patch,
        actual_output=snapshot.output,
        actual_cursor=cursor,
        reason=record.reason,
        source={
            "model": record.model_version,
            "prompt_format": record.prompt_format,
            "experiment": record.experiment,
            "arm": record.arm,
        },
        num_tokens=record.num_generated_tokens,
        seconds=record.seconds.get("total"),
    )


def _settled(snapshot: Snapshot, settled: SettledRecord | None) -> Settled | None:
    """The region that was tracked: the record's own, else that of the prediction."""
    if settled is None or settled.text is None:
        return None
    region = settled.editable_range or snapshot.editable_range
    if region is None:
        return None
    snapshot.prompt_input.check_range(region, "editable_range")
    return Settled(
        region_start=region.start,
        region_end=region.end,
        text=settled.text,
        seconds_to_settle=settled.seconds_to_settle,
    )


def _verdict(outcomes: Sequence[OutcomeRecord]) -> OutcomeRecord | None:
    """The user's last word; that it was shown, or rated, is none."""
    words = [each for each in outcomes if each.outcome not in ("shown", "rated")]
    return words[-1] if words else None


def _is_accepted(verdict: OutcomeRecord | None) -> bool:
    return verdict is not None and verdict.outcome == "accepted"


def _is_rejected(verdict: OutcomeRecord | None, outcomes: Sequence[OutcomeRecord]) -> bool:
    """Only what was seen can have been rejected for what it says."""
    return verdict is not None and verdict.outcome == "rejected" and _was_shown(outcomes)


def _was_shown(outcomes: Sequence[OutcomeRecord]) -> bool:
    shown = ("shown", "accepted", "partially_accepted")
    return any(each.was_shown or each.outcome in shown for each in outcomes)


def _tags(verdict: OutcomeRecord | None, settled: Settled | None) -> tuple[str, ...]:
    tags = []
    if verdict is not None:
        reason = f":{verdict.reject_reason}" if verdict.reject_reason else ""
        tags.append(verdict.outcome + reason)
    return (*tags, "settled") if settled is not None else tuple(tags)


def _telemetry(
    record: PredictionRecord, verdict: OutcomeRecord | None, outcomes: Sequence[OutcomeRecord]
) -> Telemetry:
    return Telemetry(
        request_id=record.prediction_id,
        time=record.time.isoformat(),
        rejection_reason=(verdict.reject_reason or "") if verdict else "",
        was_shown=_was_shown(outcomes),
    )


def _edit_history(prompt_input: PromptInput) -> str:
    """The events as diffs one after another, those of accepted predictions marked."""
    return "".join(
        (ACCEPTED_MARK if event.predicted else "")
        + f"--- a/{event.old_path}\n+++ b/{event.path}\n{event.diff.rstrip(chr(10))}\n"
        for event in prompt_input.events
    )
