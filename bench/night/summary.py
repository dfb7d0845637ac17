"""The report of a night: its results and goals as Markdown."""

import re
from dataclasses import dataclass
from typing import Any

HEADING = "# What `make load` saw last"
#: The goals for a bar with 300 people, by the name of the step: a percentile and its milliseconds.
GOALS = {
    "scan the code, jam page": ("p95", 500),
    "give a heart": ("p99", 500),
    "from the tap to the screen": ("p95", 1000),
    "unlock: socket and whole board": ("p95", 1000),
}


@dataclass(frozen=True)
class CPUShare:
    """How many cores a kind of process used on average."""

    name: str
    cores: float


def list_missed_goals(night: dict[str, Any]) -> list[str]:
    """Return a phrase for each goal that was missed."""
    failures = sum(figure["failures"] for figure in night["figures"])
    words = [f"{failures} failures"] if failures else []
    words += [f"{night['wrong']} hearts differ from what was acknowledged"] if night["wrong"] else []
    for figure in night["figures"]:
        part, most = GOALS.get(figure["name"], ("p50", float("inf")))
        if (figure[part] or 0) > most:
            words.append(f"{figure['name']}: {part} {figure[part]:.0f} ms, wanted {most} ms")
    return words


def render_section(night: dict[str, Any], *, title: str, circumstances: str) -> str:
    """Return one night as Markdown."""
    lines = [f"## {title}", "", circumstances, ""]
    lines += [
        "| What | times | failures | p50 ms | p95 ms | p99 ms | max ms | goal |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [render_row(figure) for figure in sorted(night["figures"], key=lambda figure: -figure["count"])]
    shares = ", ".join(f"{share.name} {share.cores:.2f}" for share in night["shares"])
    lines += [
        "",
        f"{night['frames']} messages reached the phones. {night['hearts']} hearts were acknowledged and kept;",
    ]
    lines[-1] += f" {night['wrong']} differ from what the board tells in the end. Cores: {shares}."
    verdict = "; ".join(list_missed_goals(night))
    lines += ["", f"**Missed**: {verdict}." if verdict else "**Every goal is reached.**"]
    return "\n".join([*lines, *(f"* {error}" for error in night["errors"][:10])])


def render_row(figure: dict[str, Any]) -> str:
    part, most = GOALS.get(figure["name"], ("", 0))
    times = " | ".join(f"{figure[part] or 0:.0f}" for part in ("p50", "p95", "p99", "max"))
    goal = f"{part} {most}" if part else ""
    return f"| {figure['name']} | {figure['count']} | {figure['failures']} | {times} | {goal} |"


def replace_section(report: str, text: str) -> str:
    """Return `report` with `text` replacing the section of the same title, or added at the end."""
    title = text.partition("\n")[0]
    parts = [part.strip() for part in re.split(r"^(?=## )", report or HEADING, flags=re.MULTILINE)]
    places = [place for place, part in enumerate(parts) if part.startswith(f"{title}\n")]
    for place in places:
        parts[place] = text
    return "\n\n".join(parts if places else [*parts, text]) + "\n"
