"""Our drafter inside vLLM's workers, through its hooks ``custom_class`` and worker extension.

vLLM makes an ``EditProposer`` and asks it for drafts after every step. It tells neither which
requests it asks for nor what they came with; a ``DraftingWorker``, once told ``bind_drafter``,
hands over its model runner, which knows both. Else drafts come from prompt and output alone.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from model.drafting import Drafter, Experience, StepCost
from model.engine import DraftSources
from model.vllm.draft_arguments import from_arguments

CPU_STEP_COST = StepCost(fixed=0.4, per_token=0.011)
"""Measured with a small model on two cores; see ``benchmarks/RESULTS.md``."""


class Tokens(Protocol):
    """What is used of vLLM's arrays."""

    def __getitem__(self, key: Any) -> Any: ...


class Draft:
    """The drafter of one request, and how far it has seen it."""

    def __init__(self, drafter: Drafter, num_seen: int) -> None:
        self._drafter = drafter
        self._num_seen = num_seen
        self._num_drafted = 0

    def next(self, row: Tokens, num_tokens: int, limit: int) -> list[int]:
        """What may follow the ``num_tokens`` of ``row``, the latest of which are new."""
        new = row[self._num_seen : num_tokens].tolist()
        num_accepted = min(len(new) - 1, self._num_drafted)
        self._drafter.observe(new, self._num_drafted, num_accepted)
        self._num_seen = num_tokens
        draft = self._drafter.propose(limit)
        self._num_drafted = len(draft)
        return list(draft)


class EditProposer:
    """Drafts for all requests of a worker. vLLM's contract; see ``test_contract.py``."""

    def __init__(self, vllm_config: Any) -> None:
        self._max_draft = vllm_config.speculative_config.num_speculative_tokens
        self._max_tokens = vllm_config.model_config.max_model_len
        self._vocabulary_size = vllm_config.model_config.get_vocab_size()
        self._experience = Experience(_end_tokens(vllm_config), _step_cost(vllm_config))
        self._runner: Any = None
        self._drafts: dict[str, Draft] = {}

    def load_model(self, *_arguments: Any, **_options: Any) -> None:
        """There is none."""

    def bind(self, runner: Any) -> None:
        """From now on requests are known."""
        self._runner = runner

    def propose(
        self,
        sampled_token_ids: Sequence[Sequence[int]],
        num_tokens_no_spec: Tokens,
        token_ids_cpu: Tokens,
        slot_mappings: Any = None,
    ) -> list[list[int]]:
        """A draft for each row of the batch; none for rows whose prompt is still being read."""
        drafts: list[list[int]] = []
        for row, new in enumerate(sampled_token_ids):
            num_tokens = int(num_tokens_no_spec[row])
            limit = min(self._max_draft, self._max_tokens - num_tokens - 1)
            if not new or limit <= 0:
                drafts.append([])
                continue
            drafts.append(self._draft(row, token_ids_cpu[row], num_tokens, limit))
        self._forget_finished()
        return drafts

    def _draft(self, row: int, tokens: Tokens, num_tokens: int, limit: int) -> list[int]:
        if self._runner is None:
            drafter = Drafter(tokens[:num_tokens].tolist(), DraftSources(), self._experience)
            return list(drafter.propose(limit))
        request_id = self._runner.input_batch.req_ids[row]
        draft = self._drafts.get(request_id)
        if draft is None:
            draft = self._drafts[request_id] = self._begin(request_id, tokens)
        return draft.next(tokens, num_tokens, limit)

    def _begin(self, request_id: str, tokens: Tokens) -> Draft:
        request = self._runner.requests[request_id]
        num_prompt = request.num_prompt_tokens
        sources = from_arguments(request.sampling_params.extra_args, self._vocabulary_size)
        return Draft(Drafter(tokens[:num_prompt].tolist(), sources, self._experience), num_prompt)

    def _forget_finished(self) -> None:
        """Those that only wait are in no batch either; what they wrote is read again then."""
        if self._runner is None:
            return
        running = self._runner.input_batch.req_id_to_index
        for request_id in [known for known in self._drafts if known not in running]:
            del self._drafts[request_id]


class DraftingWorker:
    """Methods that vLLM adds to its workers."""

    model_runner: Any

    def bind_drafter(self) -> bool:
        """Let the drafter know its requests; whether there is one."""
        drafter = getattr(self.model_runner, "drafter", None)
        if isinstance(drafter, EditProposer):
            drafter.bind(self.model_runner)
            return True
        return False


def _end_tokens(vllm_config: Any) -> tuple[int, ...]:
    ends = getattr(vllm_config.model_config.hf_text_config, "eos_token_id", None)
    return tuple(ends) if isinstance(ends, list) else () if ends is None else (ends,)


def _step_cost(vllm_config: Any) -> StepCost:
    is_cpu = vllm_config.device_config.device_type == "cpu"
    return CPU_STEP_COST if is_cpu else StepCost()
