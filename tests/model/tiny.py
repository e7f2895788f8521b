"""A Llama model of two layers with random weights, in the layout that engines read."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

HIDDEN, LAYERS, HEADS, KV_HEADS, MLP = 64, 2, 4, 2, 96
SPECIAL_TOKENS = ("<|endoftext|>", "<|start|>")
CHARS = [chr(code) for code in range(33, 127)] + ["Ġ", "Ċ"]
"""The vocabulary: every answer of the model is printable."""


def write_tiny_model(folder: Path, seed: int = 0, **changes: Any) -> Path:
    """Write the three files; ``changes`` go into ``config.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = tiny_tokenizer()
    config = tiny_config(tokenizer.get_vocab_size()) | changes
    (folder / "config.json").write_text(json.dumps(config))
    tokenizer.save(str(folder / "tokenizer.json"))
    save_file(tiny_weights(config, seed), folder / "model.safetensors", {"format": "pt"})
    return folder


def tiny_tokenizer() -> Tokenizer:
    merges = [("t", "h"), ("th", "e"), ("Ġ", "the"), ("e", "r"), ("Ġ", "Ġ")]
    tokens = [*SPECIAL_TOKENS, *CHARS, *("".join(pair) for pair in merges)]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL_TOKENS])
    return tokenizer


def tiny_config(vocab_size: int) -> dict[str, Any]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": vocab_size,
        "hidden_size": HIDDEN,
        "intermediate_size": MLP,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "head_dim": HIDDEN // HEADS,
        "max_position_embeddings": 1024,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "hidden_act": "silu",
        "bos_token_id": 1,
        "eos_token_id": 0,
        "tie_word_embeddings": False,
    }


def tiny_weights(config: dict[str, Any], seed: int) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator).mul_(1.5 / shape[-1] ** 0.5)

    vocab_size, kv_size = config["vocab_size"], KV_HEADS * HIDDEN // HEADS
    weights = {
        "model.embed_tokens.weight": torch.randn(vocab_size, HIDDEN, generator=generator),
        "model.norm.weight": 1 + 0.1 * torch.randn(HIDDEN, generator=generator),
        "lm_head.weight": 4 * random(vocab_size, HIDDEN),
    }
    weights["lm_head.weight"][: len(SPECIAL_TOKENS)] = 0.0
    for number in range(LAYERS):
        prefix = f"model.layers.{number}."
        weights |= {
            f"{prefix}input_layernorm.weight": 1 + 0.1 * torch.randn(HIDDEN, generator=generator),
            f"{prefix}post_attention_layernorm.weight": torch.ones(HIDDEN),
            f"{prefix}self_attn.q_proj.weight": random(HIDDEN, HIDDEN),
            f"{prefix}self_attn.k_proj.weight": random(kv_size, HIDDEN),
            f"{prefix}self_attn.v_proj.weight": random(kv_size, HIDDEN),
            f"{prefix}self_attn.o_proj.weight": random(HIDDEN, HIDDEN),
            f"{prefix}mlp.gate_proj.weight": random(MLP, HIDDEN),
            f"{prefix}mlp.up_proj.weight": random(MLP, HIDDEN),
            f"{prefix}mlp.down_proj.weight": random(HIDDEN, MLP),
        }
    return weights
