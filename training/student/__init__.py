"""The student under training, asked as serving asks it. Importing this loads no model library."""

from training.student.config import StudentConfig
from training.student.format_student import FormatStudent
from training.student.opening import open_student, student_version
from training.student.protocols import Generator, Student
from training.student.values import Ask, Generation, StudentAnswer

__all__ = [
    "Ask",
    "FormatStudent",
    "Generation",
    "Generator",
    "Student",
    "StudentAnswer",
    "StudentConfig",
    "open_student",
    "student_version",
]
