"""What we use of vLLM is still there: this fails first when a version moves a hook."""

import inspect
import json
import logging.config
from dataclasses import fields

import pytest

pytest.importorskip("vllm")

from vllm.config.parallel import ParallelConfig
from vllm.config.speculative import SpeculativeConfig
from vllm.engine.arg_utils import AsyncEngineArgs
from vllm.entrypoints.launchers.cli_args import make_arg_parser
from vllm.sampling_params import SamplingParams
from vllm.utils.argparse_utils import FlexibleArgumentParser
from vllm.v1.engine.async_llm import AsyncLLM
from vllm.v1.engine.exceptions import EngineDeadError
from vllm.v1.metrics.stats import RequestSpecDecodeMetrics, RequestStateStats
from vllm.v1.spec_decode import custom_class_proposer
from vllm.v1.worker.gpu_input_batch import CachedRequestState, InputBatch
from vllm.v1.worker.gpu_model_runner import GPUModelRunner

from model import ModelConfig, VllmConfig
from model.vllm.arguments import LOGGING, ServedFolder, engine_arguments, server_flags

pytestmark = pytest.mark.vllm

SERVED = ServedFolder("/models/student", "student", 4096)
CONFIG = VllmConfig(max_loras=1, quantization="fp8")


def test_every_argument_of_the_engine_is_known() -> None:
    known = {field.name for field in fields(AsyncEngineArgs)}
    assert set(engine_arguments(SERVED, ModelConfig(), CONFIG)) | {"skip_tokenizer_init"} <= known


def test_every_flag_of_the_server_is_known() -> None:
    parser = make_arg_parser(FlexibleArgumentParser())
    parsed = parser.parse_args(server_flags(SERVED, ModelConfig(), CONFIG))
    assert parsed.speculative_config["method"] == "custom_class"
    assert parsed.middleware == ["model.vllm.binding.BindDrafter"]


def test_a_custom_class_is_made_and_asked_as_ours_expects() -> None:
    assert "custom_class" in inspect.getsource(SpeculativeConfig)
    assert "user_class(vllm_config)" in inspect.getsource(custom_class_proposer)
    source = inspect.getsource(GPUModelRunner)
    call = source[source.index('spec_config.method == "custom_class":') :][:400]
    for argument in (
        "sampled_token_ids,",
        "self.input_batch.num_tokens_no_spec,",
        "self.input_batch.token_ids_cpu,",
        "slot_mappings=slot_mappings,",
    ):
        assert argument in call


def test_the_runner_tells_requests_apart_as_ours_expects() -> None:
    state = {field.name for field in fields(CachedRequestState)}
    assert "sampling_params" in state
    assert "num_prompt_tokens" in inspect.getsource(CachedRequestState.__post_init__)
    batch = inspect.getsource(InputBatch)
    assert "self.req_id_to_index: dict[str, int]" in batch and "def req_ids(self)" in batch
    assert "worker_extension_cls" in {field.name for field in fields(ParallelConfig)}


def test_requests_answers_and_their_figures_have_the_fields_we_read() -> None:
    assert {"extra_args", "stop_token_ids", "output_kind", "detokenize"} <= set(
        SamplingParams.__struct_fields__
    )
    assert {"queued_ts", "scheduled_ts"} <= {field.name for field in fields(RequestStateStats)}
    assert {"histogram", "num_draft_tokens"} <= {
        field.name for field in fields(RequestSpecDecodeMetrics)
    }
    for name in ("generate", "collective_rpc", "add_lora", "remove_lora", "shutdown", "errored"):
        assert hasattr(AsyncLLM, name)
    assert issubclass(EngineDeadError, Exception)


def test_its_logging_leaves_our_servers_as_it_is() -> None:
    access = logging.getLogger("uvicorn.access")
    before, access.propagate = access.propagate, False
    logging.config.dictConfig(json.loads(LOGGING.read_text()))
    assert not access.propagate
    access.propagate = before
