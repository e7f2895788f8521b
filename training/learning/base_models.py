"""The model that is trained: the base, and the adapter on top of it."""

from collections.abc import Sequence
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.helpers import disable_input_dtype_casting
from peft.tuners.trainable_tokens import TrainableTokensLayer
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast, set_seed
from transformers.utils import logging as transformers_logging

from training.errors import RunError
from training.learning.settings import TrainConfig
from training.learning.vocabulary import vocabulary_sha256

_CASTING = "cast_input_dtype_enabled"


def uses_bfloat16(config: TrainConfig) -> bool:
    if config.precision == "auto":
        return torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    return config.precision == "bfloat16"


def load_model(config: TrainConfig, special_tokens: Sequence[str] = ()) -> Any:
    """The model with what is to be trained switched on. Raises ``RunError``.

    A frozen base lies in bfloat16 where that is used; whatever is trained lies in float32.
    """
    if not (config.model / "config.json").is_file():
        raise RunError(f"{config.model} holds no model")
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    is_frozen = config.tuning == "lora"
    dtype = torch.bfloat16 if is_frozen and uses_bfloat16(config) else torch.float32
    try:
        model = AutoModelForCausalLM.from_pretrained(
            str(config.model), dtype=dtype, attn_implementation="sdpa", local_files_only=True
        )
    except (OSError, ValueError) as error:
        raise RunError(f"{config.model} holds no model: {error}") from None
    set_seed(config.seed)
    if not is_frozen:
        if config.adapter is not None:
            model = PeftModel.from_pretrained(model, str(config.adapter)).merge_and_unload()
        return model
    if config.adapter is not None:
        adapted = PeftModel.from_pretrained(model, str(config.adapter), is_trainable=True)
        # An adapter names its base without a path; peft would look the name up on the hub.
        adapted.peft_config["default"].base_model_name_or_path = str(config.model)
        return adapted
    return get_peft_model(model, _lora(config, special_tokens))


def load_tokenizer(config: TrainConfig, expected_sha256: str, model: Any) -> Any:
    """The tokenizer, padding with the token that ends ``model``'s answers.

    Raises ``RunError`` where the rows were packed with another model's tokenizer."""
    file = config.model / "tokenizer.json"
    if vocabulary_sha256(file) != expected_sha256:
        raise RunError(f"the rows were packed with another tokenizer than that of {config.model}")
    ends = model.config.eos_token_id
    end = ends[0] if isinstance(ends, list) else ends
    tokenizer: Any = PreTrainedTokenizerFast(tokenizer_file=str(file))  # type: ignore[no-untyped-call]
    tokenizer.eos_token = tokenizer.pad_token = tokenizer.convert_ids_to_tokens(end)
    return tokenizer


def compile_layers(model: Any) -> None:
    """Compile each decoder layer on its own: all share one compilation, which stays short."""
    base: Any = model.get_base_model() if isinstance(model, PeftModel) else model
    for layer in base.model.layers:
        layer.compile()


def without_upcasts(model: Any) -> Any:
    """A context in which adapters take inputs as they come, for autocast to round them."""
    for module in model.modules():
        if isinstance(module, TrainableTokensLayer) and not hasattr(module, _CASTING):
            setattr(module, _CASTING, True)  # peft expects it of all its layers, and this has none
    return disable_input_dtype_casting(model)


def _lora(config: TrainConfig, special_tokens: Sequence[str]) -> LoraConfig:
    vocabulary = Tokenizer.from_file(str(config.model / "tokenizer.json"))
    trained = special_tokens if config.train_special_tokens else ()
    ids = [number for token in trained if (number := vocabulary.token_to_id(token)) is not None]
    return LoraConfig(
        task_type="CAUSAL_LM",
        r=config.lora_rank,
        lora_alpha=config.lora_alpha,  # type: ignore[arg-type]  # a float works, too
        lora_dropout=config.lora_dropout,
        target_modules=list(config.lora_targets),
        use_rslora=config.rslora,
        trainable_token_indices={"embed_tokens": sorted(ids)} if ids else None,
    )
