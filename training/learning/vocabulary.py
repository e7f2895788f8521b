"""Which tokenizer made the ids: a digest of what it maps, not of how its file is written."""

import hashlib
import json
from pathlib import Path

from tokenizers import Tokenizer

from training.errors import RunError


def vocabulary_sha256(file: Path) -> str:
    """Digest of all tokens with their ids, and of the merges.

    Raises ``RunError`` for a file that is no tokenizer.
    """
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises nothing more specific
        raise RunError(f"{file} is no tokenizer: {error}") from None
    vocabulary = sorted(tokenizer.get_vocab(with_added_tokens=True).items())
    merges = json.loads(tokenizer.to_str())["model"].get("merges", [])
    # Written as pairs or as one string, depending on the library's version.
    pairs = [pair if isinstance(pair, str) else " ".join(pair) for pair in merges]
    return hashlib.sha256(json.dumps([vocabulary, pairs]).encode()).hexdigest()
