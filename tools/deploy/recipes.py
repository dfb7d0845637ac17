"""The commands in docs/deployment.md, as an operator would copy them."""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "deployment.md"
HEADING = re.compile(r"^(#{2,3}) (.+)$")
RESULT = re.compile(r"^\* \*\*(.+?)\*\* (.+?)(?=^\* |\Z)", re.MULTILINE | re.DOTALL)
BEGIN_RESULT, END_RESULT = "<!-- the last deploy-check -->", "<!-- its end -->"


@dataclass(frozen=True)
class Step:
    """One block of commands, below its heading."""

    heading: str
    script: str

    @property
    def commands(self) -> list[str]:
        """The commands of the block; a line that ends in a backslash goes on in the next one."""
        return [line for line in self.script.replace("\\\n", " ").splitlines() if line.strip()]


def read_recipe(title: str, text: str | None = None) -> list[Step]:
    """Return the ```sh blocks of the chapter `title`, in their order."""
    steps: list[Step] = []
    block: list[str] | None = None
    chapter = heading = ""
    for line in (DOCS.read_text() if text is None else text).splitlines():
        found = HEADING.match(line)
        if block is not None:
            if line == "```":
                steps += [Step(heading, "\n".join(block))] if chapter == title else []
                block = None
            else:
                block.append(line)
        elif line == "```sh":
            block = []
        elif found:
            heading = found[2]
            chapter = heading if found[1] == "##" else chapter
    return steps


def write_results(results: dict[str, str]) -> None:
    """Put what was found of each part in the place of what was found of it last; other parts keep theirs."""
    before, _, rest = DOCS.read_text().partition(BEGIN_RESULT)
    last, _, after = rest.partition(END_RESULT)
    DOCS.write_text(f"{before}{BEGIN_RESULT}\n{merge_results(last, results)}\n{END_RESULT}{after}")


def merge_results(last: str, results: dict[str, str]) -> str:
    """Return the list of `last`, one entry for each part, with `results` by the names of the parts."""
    known = {part: " ".join(told.split()) for part, told in RESULT.findall(last)}
    entries = [f"* **{part}** {told}" for part, told in {**known, **results}.items()]
    shape = textwrap.TextWrapper(119, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return "\n".join(shape.fill(entry) for entry in entries)
