"""Which tokens end an answer."""

from collections.abc import Mapping
from typing import Any

from model.bpe_tokenizer import BpeTokenizer

END_OF_TEXT = "<|endoftext|>"


def end_tokens(config: Mapping[str, Any], tokenizer: BpeTokenizer) -> frozenset[int]:
    """Those that the model's ``config.json`` names, and the end of text if there is one."""
    ends = config.get("eos_token_id")
    found = {*(ends if isinstance(ends, list) else [ends]), tokenizer.special_id(END_OF_TEXT)}
    return frozenset(token for token in found if token is not None)
