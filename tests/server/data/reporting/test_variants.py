"""Who made a prediction is known by a digest, and nothing is kept for a request alone."""

import gc
from dataclasses import replace

from prompt_format import PromptInput
from quality import JudgeConfig
from rollout import Arm, Assignment, RolloutConfig, stable_arm
from server.data.reporting.variants import MAX_MADE, Variants, made
from server.predictions import Ask, Caller

ARM = stable_arm(RolloutConfig())


def test_an_arm_is_itself_in_the_format_that_it_has() -> None:
    prompt_input = PromptInput(cursor_path="a.py", cursor_excerpt="", cursor_offset_in_excerpt=0)
    ask = Ask("id", prompt_input, Caller(), 0.0, prompt_format=ARM.prompt_format)
    assert ask.in_its_format(ARM) is ARM
    assert replace(ask, prompt_format="zeta").in_its_format(ARM).prompt_format == "zeta1"


def num_arms() -> int:
    return sum(type(each) is Arm for each in gc.get_objects())


def test_requests_that_name_a_format_leave_nothing_behind() -> None:
    variants, before = Variants(), num_arms()
    for _each in range(300):
        arm = replace(ARM, prompt_format="zeta1", judge=JudgeConfig())
        digest, variant = variants.of(Assignment("one", arm), "1")
        assert (variants.find(digest), variant.prompt_format) == (variant, "zeta1")
    del arm
    assert num_arms() <= before + 1


def test_what_is_kept_to_be_quick_has_a_bound() -> None:
    variants = Variants()
    digests = set()
    for number in range(2 * MAX_MADE):
        digest, variant = variants.of(Assignment("one", ARM), str(number))
        digests.add(digest)
        assert variant.model_version == str(number)
    assert len(digests) == 2 * MAX_MADE
    assert made.cache_info().currsize == MAX_MADE


def test_who_differs_in_anything_has_another_digest() -> None:
    variants = Variants()
    assignments = [
        Assignment("one", ARM),
        Assignment("two", ARM),
        Assignment("one", replace(ARM, temperature=0.5)),
        Assignment("one", replace(ARM, judge=JudgeConfig())),
    ]
    digests = [variants.of(each, "1")[0] for each in assignments]
    digests.append(variants.of(assignments[0], "2")[0])
    assert len(set(digests)) == len(digests)
    assert variants.of(Assignment("one", replace(ARM), True, "salt"), "1")[0] == digests[0]
