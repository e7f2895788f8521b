"""Costs are sums; a prompt counts once, however many samples it had."""

from training.student import StudentAnswer
from training.student.costs import Costs, TeacherPrice


def test_sums() -> None:
    costs = Costs()
    costs.add([StudentAnswer(num_prompt_tokens=100, num_tokens=7)] * 3)
    costs.add([StudentAnswer(num_prompt_tokens=50, num_tokens=5), StudentAnswer()])
    assert (costs.num_examples, costs.num_answers) == (2, 5)
    assert (costs.num_prompt_tokens, costs.num_tokens) == (150, 26)


def test_a_teacher_pays_for_every_answer_and_its_instruction() -> None:
    price = TeacherPrice(
        num_answers=2,
        dollars_per_mtoken_in=1.0,
        dollars_per_mtoken_out=10.0,
        instruction_tokens=100,
        answer_tokens=50,
    )
    assert price.dollars(1000, 400_000) == (2 * 500_000 * 1.0 + 2 * 50_000 * 10.0) / 1e6


def test_the_summary_names_both() -> None:
    costs = Costs()
    assert costs.lines(TeacherPrice()) == []
    costs.add([StudentAnswer(num_prompt_tokens=100, num_tokens=7)] * 50)
    student, teacher = costs.lines(TeacherPrice())
    assert "50 answers to 1 examples, 100 tokens read, 350 written" in student
    assert "$0.17" in teacher
    assert costs.lines(TeacherPrice(), num_cached=1)[0].endswith("; 1 examples from the cache")
