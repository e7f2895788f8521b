"""Examples to ask about, and answers to them."""

from prompt_format import EditEvent, PromptInput
from training.examples import Example, ExampleSpec

CODE = """def area(shape):
    tot


def main():
    print(area(shape))
"""
BETTER = """def area(shape):
    total = shape.width * shape.height
    return total


def main():
    print(area(shape))
"""
CURSOR = CODE.index("tot") + 3
DIFF = "@@ -1,1 +1,2 @@\n def area(shape):\n+    tot\n"


def prompt_input(
    code: str = CODE, cursor: int = CURSOR, diff: str = DIFF, path: str = "shapes.py"
) -> PromptInput:
    events = (EditEvent(path=path, diff=diff),) if diff else ()
    return PromptInput(
        cursor_path=path,
        cursor_excerpt=code,
        cursor_offset_in_excerpt=len(code[:cursor].encode()),
        excerpt_start_row=0,
        events=events,
    )


def example(given: PromptInput | None = None, name: str = "one") -> Example:
    given = given or prompt_input()
    spec = ExampleSpec(name=name, cursor_path=given.cursor_path)
    return Example(spec=spec, prompt_inputs=given, language="python")


def answer(region: str, fence: str = "`````") -> str:
    """As the template asks for it."""
    tagged = f"<|editable_region_start|>\n{region}\n<|editable_region_end|>"
    return f"The sum is being typed.\n\n{fence}\n{tagged}\n{fence}\n"
