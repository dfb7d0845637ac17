"""The texts that the source holds for translation, found without any tool from outside."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = {".venv", "bench", "static", "tests", "tools", "var"}
CONTEXTS = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
PLURALS = {"ngettext", "ngettext_lazy", *(name for name in CONTEXTS if name.startswith("n"))}
FUNCTIONS = {"_", "gettext", "gettext_lazy", *CONTEXTS, *PLURALS}
CALL = re.compile(r"\b\w*(?:gettext|_)\((?:u?\"(?:[^\"\\]|\\.)*\"|u?'(?:[^'\\]|\\.)*'|,|count|\s)+\)")

Message = tuple[str | None, str, str]  # the context, the text and its plural


def messages() -> set[Message]:
    """Return every text that gettext is asked for, in the code and in the templates."""
    return {message for path in sources() for message in _in_file(path)}


def sources() -> Iterator[Path]:
    for path in ROOT.rglob("*"):
        if path.suffix in {".html", ".py", ".txt"} and path.relative_to(ROOT).parts[0] not in NOT_OURS:
            yield path


def _in_file(path: Path) -> Iterator[Message]:
    text = path.read_text()
    if path.suffix == ".py":
        return _in_code(text)
    return _in_code("\n".join(CALL.findall(templatize(text))))


def _in_code(text: str) -> Iterator[Message]:
    for call in ast.walk(ast.parse(text)):
        if isinstance(call, ast.Call) and call.args and (name := _name(call.func)) in FUNCTIONS:
            constants = [word.value for word in call.args if isinstance(word, ast.Constant)]
            words = [word for word in constants if isinstance(word, str)]
            if words and len(words) == len(constants):
                yield _message(name, words)


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _message(name: str, words: list[str]) -> Message:
    context = words.pop(0) if name in CONTEXTS else None
    return context, words[0], words[1] if name in PLURALS else ""
