"""Tokenizers: special tokens only where they were meant, bytes that join to the text."""

from collections.abc import Callable
from pathlib import Path

import pytest
from transformers import AutoTokenizer

from model import ByteTokenizer, ModelFilesError, Tokenizer, UnencodableText
from model.bpe_tokenizer import BpeTokenizer

CODE = [
    "def f(x1234: int) -> str:\n\treturn f'{x  + 10:>8}'  # größer\n",
    "for (let i = 0; i < 100; i++) {\r\n  console.log(`${i}`);\r\n}\r\n",
    'fn main() {\n    println!("{:?}", vec![1u8, 0xff]);\n}\n',
    "#include <stdio.h>\nint main(void) { return 1e-10 > .5; }\n",
    "SELECT * FROM t WHERE a = 'it''s' AND b >= 20;\n\n\n",
    "  // 日本語のコメント\u00a0😀 naïve\n",
    "<div class='a'>&amp;</div>\n<|im_start|>user\n",
]


@pytest.fixture
def real(real_folder: Path) -> BpeTokenizer:
    return BpeTokenizer(real_folder / "tokenizer.json")


@pytest.fixture
def tiny_bpe(tiny_folder: Path) -> BpeTokenizer:
    return BpeTokenizer(tiny_folder / "tokenizer.json")


def test_special_tokens_act_only_where_named(tiny_bpe: BpeTokenizer) -> None:
    for tokenizer, special in ((tiny_bpe, 0), (ByteTokenizer(), 256)):
        text = "the<|endoftext|>er"
        plain = tokenizer.encode(text)
        assert special not in plain and tokenizer.decode(plain) == text.encode()
        named = tokenizer.encode(text, ["<|endoftext|>", "<|unknown|>"])
        assert named.count(special) == 1 and tokenizer.decode(named) == text.encode()
        assert tokenizer.encode("<|unknown|>", ["<|unknown|>"]) == tokenizer.encode("<|unknown|>")


def test_special_tokens_that_begin_alike() -> None:
    tokenizer = ByteTokenizer(("<a>", "<a><b>"))
    assert tokenizer.encode("<a><b><a>", ("<a>", "<a><b>")) == (257, 256)


@pytest.mark.parametrize("make", [ByteTokenizer, lambda: None])
def test_lone_surrogates_are_refused(
    tiny_bpe: BpeTokenizer, make: Callable[[], Tokenizer | None]
) -> None:
    tokenizer = make() or tiny_bpe
    for call in (tokenizer.encode, tokenizer.count):
        with pytest.raises(UnencodableText, match="character 2"):
            call("ab\ud800")


def test_counts_are_lengths(tiny_bpe: BpeTokenizer) -> None:
    for text in ("", "the other", "the " * 3000):
        assert tiny_bpe.count(text) == tiny_bpe.count(text) == len(tiny_bpe.encode(text))


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text('{"version": ')
    with pytest.raises(ModelFilesError, match=r"tokenizer\.json is damaged"):
        BpeTokenizer(tmp_path / "tokenizer.json")


@pytest.mark.model
def test_real_tokens_equal_the_reference(real: BpeTokenizer, real_folder: Path) -> None:
    reference = AutoTokenizer.from_pretrained(real_folder)
    for text in CODE:
        tokens = real.encode(text, ("<|im_start|>",))
        assert list(tokens) == reference.encode(text, add_special_tokens=False)
        assert real.decode(tokens) == text.encode()
        assert real.decode(real.encode(text)) == text.encode()


@pytest.mark.model
def test_real_digits_are_tokens_of_their_own(real: BpeTokenizer) -> None:
    for text in ("1234", "x = 20", "a1b22"):
        pieces = [real.decode((token,)).decode() for token in real.encode(text)]
        digits = [char for char in text if char.isnumeric()]
        assert [piece for piece in pieces if piece.isnumeric()] == digits
    assert real.encode(" \u00bd") == real.encode(" ") + real.encode("\u00bd")


@pytest.mark.model
def test_bytes_that_the_vocabulary_lacks_are_left_out(real: BpeTokenizer) -> None:
    """Nothing else would be possible; such bytes are control characters or never in UTF-8."""
    single = {real.decode((token,)) for token in range(real.num_tokens)}
    lacking = [byte for byte in range(256) if bytes((byte,)) not in single]
    assert all(byte < 32 or byte >= 0xC0 for byte in lacking)
    assert {9, 10, 13} & set(lacking) == set()
    for byte in lacking:
        if byte < 32:
            assert real.decode(real.encode(f"a{chr(byte)}b")) == b"ab"
