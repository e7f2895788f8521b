"""Rows of text become token ids as serving would see them."""

from pathlib import Path

import pytest

from model.bpe_tokenizer import BpeTokenizer
from tests.model.tiny import write_tiny_model
from tests.training.learning import small
from training.errors import RunError
from training.files.fingerprints import folder_sha256
from training.learning.packed_rows import read_manifest, read_split
from training.learning.packing import PackConfig, pack, tokenise


def test_packed_rows_are_the_tokens_that_serving_sees(tmp_path: Path) -> None:
    given = small.rows(9, 3, rejected="z<|endoftext|>")
    folder, model = small.packed(tmp_path, given)
    tokenizer = BpeTokenizer(model / "tokenizer.json")
    split = read_split(folder, read_manifest(folder).splits["train"])
    for row, read in zip(given, split, strict=False):
        assert tuple(read.prompt) == tokenizer.encode(row.prompt, row.special_tokens)
        assert tuple(read.completion) == tokenizer.encode(row.completion, row.special_tokens)
        assert read.rejected is not None
        assert tuple(read.rejected) == tokenizer.encode("z<|endoftext|>", row.special_tokens)


def test_no_token_spans_prompt_and_completion(tmp_path: Path) -> None:
    tokenizer = BpeTokenizer(write_tiny_model(tmp_path / "m") / "tokenizer.json")
    row = small.row(0).model_copy(update={"prompt": "t", "completion": "he"})
    read = tokenise(row, tokenizer, 64)
    assert not isinstance(read, str)
    assert len(tokenizer.encode("the")) == 1
    assert tokenizer.decode(read.prompt.tolist()) == b"t"
    assert tokenizer.decode(read.completion.tolist()) == b"he"


def test_markers_that_are_not_special_in_a_row_are_plain_text(tmp_path: Path) -> None:
    tokenizer = BpeTokenizer(write_tiny_model(tmp_path / "m") / "tokenizer.json")
    plain = small.row(0).model_copy(update={"special_tokens": ()})
    read = tokenise(plain, tokenizer, 64)
    assert not isinstance(read, str)
    assert tokenizer.special_id(small.END) not in read.completion.tolist()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"prompt": "a" * 80}, "too_long"),
        ({"rejected": "a" * 80}, "too_long"),
        ({"completion": ""}, "empty_completion"),
        ({"rejected": ""}, "empty_completion"),
        ({"prompt": ""}, "empty_prompt"),
        ({"prompt": "\ud800"}, "unencodable_text"),
    ],
)
def test_rows_that_cannot_be_learnt_are_counted(
    tmp_path: Path, changes: dict[str, str], reason: str
) -> None:
    folder, _ = small.packed(tmp_path, [small.row(0), small.row(1).model_copy(update=changes)])
    manifest = read_manifest(folder)
    assert manifest.dropped == {reason: 1}
    assert manifest.splits["train"].num_rows == 1


def test_processes_and_shards_do_not_change_the_rows(tmp_path: Path) -> None:
    given = [small.row(number, "train" if number % 3 else None) for number in range(450)]
    one, model = small.packed(tmp_path, given)
    config = PackConfig(tokenizer=model / "tokenizer.json", processes=2, rows_per_shard=70)
    manifest = pack(given, config, tmp_path / "many")
    assert len(manifest.splits["train"].shards) == 7
    alone = read_split(one, read_manifest(one).splits["train"])
    many = read_split(tmp_path / "many", manifest.splits["train"])
    assert [row.prompt.tolist() for row in many] == [row.prompt.tolist() for row in alone]
    first = read_split(tmp_path / "many", manifest.splits["train"], max_rows=90)
    assert [row.completion.tolist() for row in first] == [
        alone[index].completion.tolist() for index in range(90)
    ]


def test_a_folder_that_was_not_packed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="run pack first"):
        read_manifest(tmp_path)


def test_a_missing_shard_is_refused(tmp_path: Path) -> None:
    folder, _ = small.packed(tmp_path, small.rows())
    manifest = read_manifest(folder)
    (folder / manifest.splits["train"].shards[0].file).write_bytes(b"PAR1")
    with pytest.raises(RunError, match="cannot be read"):
        read_split(folder, manifest.splits["train"])


def test_how_many_processes_pack_changes_nothing(tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "m")
    configs = [PackConfig(tokenizer=model / "tokenizer.json", processes=n) for n in (1, 2)]
    assert configs[0].model_dump() == configs[1].model_dump()
    for number, config in enumerate(configs):
        (tmp_path / str(number)).mkdir()
        pack(small.rows(9, 3), config, tmp_path / str(number))
    assert folder_sha256(tmp_path / "0") == folder_sha256(tmp_path / "1")


def test_a_tokenizer_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is no tokenizer"):
        pack([], PackConfig(tokenizer=tmp_path / "none.json"), tmp_path)
