"""What is spoken to a server: one module for each protocol."""

from benchmarks.replay.protocols.base import Answer, Question, WireProtocol
from benchmarks.replay.protocols.completions import Completions
from benchmarks.replay.protocols.native import Native
from benchmarks.replay.protocols.sweep import Sweep

__all__ = ["Answer", "Completions", "Native", "Question", "Sweep", "WireProtocol"]
