"""The drafter inside vLLM's workers, driven as vLLM drives it: arrays of rows, nothing else."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from model import DraftSources
from model.vllm.draft_arguments import to_arguments
from model.vllm.proposer import DraftingWorker, EditProposer

END = 0
PROMPT = [*range(10, 30)]
ANSWER = [*range(100, 140), END]
MAX_TOKENS = 200


def vllm_config(num_draft_tokens: int = 8) -> Any:
    return SimpleNamespace(
        speculative_config=SimpleNamespace(num_speculative_tokens=num_draft_tokens),
        model_config=SimpleNamespace(
            max_model_len=MAX_TOKENS,
            hf_text_config=SimpleNamespace(eos_token_id=END),
            get_vocab_size=lambda: 1000,
        ),
        device_config=SimpleNamespace(device_type="cuda"),
    )


@dataclass
class Batch:
    """The part of vLLM's model runner that the proposer knows: requests in rows."""

    rows: dict[str, list[int]] = field(default_factory=dict)
    requests: dict[str, Any] = field(default_factory=dict)

    def add(self, request_id: str, sources: DraftSources) -> None:
        self.rows[request_id] = list(PROMPT)
        params = SimpleNamespace(extra_args=to_arguments(sources))
        self.requests[request_id] = SimpleNamespace(
            num_prompt_tokens=len(PROMPT), sampling_params=params
        )

    @property
    def input_batch(self) -> Any:
        ids = list(self.rows)
        return SimpleNamespace(
            req_ids=ids, req_id_to_index={name: row for row, name in enumerate(ids)}
        )

    def step(self, proposer: EditProposer, new: dict[str, list[int]]) -> dict[str, list[int]]:
        """Every request writes its new tokens, then the proposer is asked."""
        for name, tokens in new.items():
            self.rows[name] += tokens
        table: npt.NDArray[np.int32] = np.zeros((len(self.rows), MAX_TOKENS), dtype=np.int32)
        lengths = []
        for row, tokens in enumerate(self.rows.values()):
            table[row, : len(tokens)] = tokens
            lengths.append(len(tokens))
        drafts = proposer.propose(
            [new.get(name, []) for name in self.rows], np.array(lengths), table
        )
        return dict(zip(self.rows, drafts, strict=True))


def write(batch: Batch, proposer: EditProposer, answers: dict[str, list[int]]) -> dict[str, int]:
    """All answers at once, each as the model would; steps that each took."""
    left = {name: list(answer) for name, answer in answers.items()}
    drafts: dict[str, list[int]] = {}
    steps = dict.fromkeys(answers, 0)
    while left:
        new = {}
        for name, answer in left.items():
            draft = drafts.get(name, [])
            accepted = 0
            while (
                accepted < min(len(draft), len(answer) - 1) and draft[accepted] == answer[accepted]
            ):
                accepted += 1
            new[name] = answer[: accepted + 1]
            steps[name] += 1
        drafts = batch.step(proposer, new)
        for name, tokens in new.items():
            del left[name][: len(tokens)]
            if not left[name]:
                del left[name], batch.rows[name], batch.requests[name]
    return steps


def bound(batch: Batch, num_draft_tokens: int = 8) -> EditProposer:
    proposer = EditProposer(vllm_config(num_draft_tokens))
    worker = DraftingWorker()
    worker.model_runner = batch
    batch.drafter = proposer  # type: ignore[attr-defined]
    assert worker.bind_drafter()
    return proposer


def test_requests_in_one_batch_are_drafted_for_from_their_own_sources() -> None:
    batch = Batch()
    batch.add("copies", DraftSources(reference=tuple(ANSWER)))
    batch.add("writes", DraftSources(reference=tuple(range(500, 540))))
    steps = write(batch, bound(batch), {"copies": ANSWER, "writes": [*range(300, 320), END]})
    assert steps["copies"] <= 10
    assert steps["writes"] >= 19


def test_drafts_keep_to_vllms_limit_and_to_the_context() -> None:
    batch = Batch()
    batch.add("a", DraftSources(reference=tuple(range(100, 400))))
    proposer = bound(batch, num_draft_tokens=5)
    assert len(batch.step(proposer, {"a": [100]})["a"]) <= 5
    batch.rows["a"] += list(range(101, 100 + MAX_TOKENS - len(PROMPT) - 3))
    num_left = MAX_TOKENS - len(batch.rows["a"]) - 1
    draft = batch.step(proposer, {"a": [100 + MAX_TOKENS - len(PROMPT) - 3]})["a"]
    assert len(draft) < num_left


def test_a_row_that_is_still_being_read_has_no_draft() -> None:
    batch = Batch()
    batch.add("a", DraftSources(reference=tuple(ANSWER)))
    assert batch.step(bound(batch), {"a": []}) == {"a": []}


def test_a_request_that_had_to_wait_goes_on_where_it_was() -> None:
    batch = Batch()
    batch.add("a", DraftSources(reference=tuple(ANSWER)))
    batch.add("b", DraftSources())
    proposer = bound(batch)
    batch.step(proposer, {"a": ANSWER[:3], "b": [1]})
    waiting = batch.rows.pop("a")
    batch.step(proposer, {"b": [2]})
    batch.rows["a"] = waiting
    draft = batch.step(proposer, {"a": [ANSWER[3]], "b": [3]})["a"]
    assert draft == ANSWER[4 : 4 + len(draft)] and draft


def test_what_is_finished_or_cancelled_is_forgotten() -> None:
    batch = Batch()
    proposer = bound(batch)
    for number in range(50):
        batch.add(str(number), DraftSources(reference=tuple(ANSWER)))
        batch.step(proposer, {str(number): [100]})
        del batch.rows[str(number)], batch.requests[str(number)]
    batch.add("last", DraftSources())
    batch.step(proposer, {"last": [1]})
    assert len(proposer._drafts) == 1


def test_without_its_worker_it_drafts_from_prompt_and_output() -> None:
    batch = Batch()
    batch.add("a", DraftSources())
    proposer = EditProposer(vllm_config())
    repeated = batch.step(proposer, {"a": PROMPT[:6]})["a"]
    assert repeated == PROMPT[6 : 6 + len(repeated)] and repeated


def test_a_worker_without_our_drafter_says_so() -> None:
    worker = DraftingWorker()
    worker.model_runner = SimpleNamespace(drafter=object())
    assert not worker.bind_drafter()
