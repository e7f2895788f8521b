"""``python -m server.vllm``: vLLM's OpenAI server, with the flags that the settings stand for.

For machines with a GPU that other machines' servers ask. ``--print`` shows the command instead.
"""

import argparse
import os
import shlex
import sys

from model import EngineError, vllm_command
from server.settings import SettingsError, read_settings

CANNOT_START = 2


def main() -> int:
    """Becomes vLLM's server; returns 2 when settings or model files keep it from starting."""
    parser = argparse.ArgumentParser(prog="python -m server.vllm")
    parser.add_argument("--print", action="store_true", help="only print the command")
    only_print = parser.parse_args().print
    try:
        settings = read_settings()
        command = vllm_command(settings.model, settings.vllm)
    except (SettingsError, EngineError) as error:
        print(f"foretype: cannot start: {error}", file=sys.stderr)
        return CANNOT_START
    if only_print:
        variables = [f"{name}={value}" for name, value in command.environment.items()]
        print(shlex.join([*variables, *command.words]))
        return 0
    os.execve(command.words[0], command.words, os.environ | command.environment)


if __name__ == "__main__":
    sys.exit(main())
