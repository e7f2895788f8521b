"""Guesses of the next tokens, made from text that the answer is likely to repeat.

Pure: knows tokens only, neither models nor text. A wrong guess costs time, never a wrong answer.
"""

from model.drafting.cost import StepCost
from model.drafting.drafter import MAX_DRAFT, Drafter
from model.drafting.experience import Experience

__all__ = ["MAX_DRAFT", "Drafter", "Experience", "StepCost"]
