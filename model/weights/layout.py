"""The folder layout that engines read, the same as on the model hub."""

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"
MODEL_FILES = (CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE)
MANIFEST_FILE = "manifest.json"
REMEDY = "run: python -m model obtain"
