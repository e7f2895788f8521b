"""The folder layout that engines read, the same as on the model hub."""

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"
MODEL_FILES = (CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE)
MANIFEST_FILE = "manifest.json"
REMEDY = "run: python -m model obtain"

ADAPTER_CONFIG_FILE = "adapter_config.json"
ADAPTER_WEIGHTS_FILE = "adapter_model.safetensors"
ADAPTER_FILES = (ADAPTER_CONFIG_FILE, ADAPTER_WEIGHTS_FILE)
"""An adapter's folder, as the PEFT library writes it."""

RELEASE_FILE = "release.json"
CARD_FILE = "README.md"
