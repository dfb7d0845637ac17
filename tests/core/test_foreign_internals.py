"""Every use of another library's internals is listed, with its reason, in docs/adr/0015-foreign-internals.md.

Read from the code: private names of others (a name with an underscore that nothing of ours defines), private imports,
and assignments to attributes of what was imported (monkeypatching).
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
RECORD = "docs/adr/0015-foreign-internals.md"
PACKAGES = sorted(path.parent for path in ROOT.glob("*/__init__.py"))
# Django documents these, and os. The two of the second line exist only for type checkers.
DOCUMENTED = {
    *("_meta", "_state", "_default_manager", "_base_manager", "_exit"),
    *("_typeshed", "_MonkeyPatchedWSGIResponse"),
    *(
        f"admin.site.{name}"
        for name in ("login_form", "password_change_form", "site_header", "site_title", "index_title")
    ),
}
ACCESSORS = {"getattr", "setattr", "hasattr", "delattr"}

type Use = tuple[str, str]  # the file, and what it uses


def python_files() -> dict[str, ast.Module]:
    """Return every Python file of the project, parsed, by its path."""
    files = [*ROOT.glob("*.py"), *(path for package in PACKAGES for path in package.rglob("*.py"))]
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in files if "migrations" not in path.parts
    }


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


@dataclass(frozen=True)
class Ours:
    """The private names that our own code defines: those of classes, and those of modules."""

    members: set[str] = field(default_factory=set)
    globals: set[str] = field(default_factory=set)


def definitions(trees: dict[str, ast.Module]) -> Ours:
    ours = Ours(globals={Path(path).stem for path in trees})
    for node in (node for tree in trees.values() for node in ast.walk(tree)):
        match node:
            case ast.Module(body=body):
                ours.globals.update(_defined(body))
            case ast.ClassDef(body=body):
                ours.members.update(_defined(body))
            case ast.Attribute(attr=name, value=ast.Name(id="self" | "cls"), ctx=ast.Store()):
                ours.members.add(name)
    return ours


def _defined(body: list[ast.stmt]) -> Iterator[str]:
    for statement in body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign() | ast.AnnAssign():
                yield from (node.id for node in ast.walk(statement) if isinstance(node, ast.Name))


def uses(tree: ast.Module, ours: Ours) -> Iterator[str]:
    """Yield what `tree` uses of the internals of others."""
    known = _imported(tree, foreign=False)
    everything = ours.members | ours.globals
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name):
                yield from _internal([name], everything if _root(node) in known else ours.members)
            case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)) if called in ACCESSORS:
                yield from _internal(_texts(node.args), everything)
            case ast.ImportFrom(module=module, names=names):
                yield from _internal([*(module or "").split("."), *(alias.name for alias in names)], everything)
            case ast.Import(names=names):
                yield from _internal([part for alias in names for part in alias.name.split(".")], everything)
    yield from _patched(tree)


def _internal(names: Iterable[str], ours: set[str]) -> list[str]:
    return [name for name in names if is_private(name) and name not in DOCUMENTED | ours]


def _patched(tree: ast.Module) -> Iterator[str]:
    """Yield the attributes of imported things of others that `tree` sets or deletes."""
    foreign = _imported(tree, foreign=True)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del) and _root(node) in foreign:
            if ast.unparse(node) not in DOCUMENTED:
                yield ast.unparse(node)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "setattr" and _root(node.args[0]) in foreign:
            yield ast.unparse(node.args[0])


def _texts(nodes: list[ast.expr]) -> Iterator[str]:
    """Yield the last part of each text among `nodes`: "name" and "module.name" both name "name"."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.rpartition(".")[2]


def _imported(tree: ast.Module, *, foreign: bool) -> set[str]:
    """Return the names under which `tree` knows modules, classes and objects of others, or of ours.

    A loop over some of them gives its variable the same meaning; a parameter of the same name takes it away.
    """
    found = set()
    nodes = list(ast.walk(tree))
    for node in nodes:
        match node:
            case ast.Import(names=names):
                wanted = [alias for alias in names if _is_foreign(alias.name) == foreign]
                found |= {alias.asname or alias.name.partition(".")[0] for alias in wanted}
            case ast.ImportFrom(module=str(module), names=names) if _is_foreign(module) == foreign:
                found |= {alias.asname or alias.name for alias in names}
    for node in nodes:
        match node:
            case ast.For(target=ast.Name(id=name), iter=ast.Tuple(elts=items) | ast.List(elts=items)):
                found |= {name} if any(_root(item) in found for item in items) else set()
    return found - {node.arg for node in nodes if isinstance(node, ast.arg)}


def _is_foreign(module: str) -> bool:
    return module.partition(".")[0] not in {package.name for package in PACKAGES}


def _root(node: ast.expr) -> str:
    """Return the name that a chain of attributes begins with, or nothing."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def listed(heading: str) -> set[Use]:
    """Return the places and names in the table below `heading` of the record."""
    section = (ROOT / RECORD).read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)` \| `([^`]+)`", section, flags=re.MULTILINE))


def test_every_use_of_foreign_internals_is_listed() -> None:
    trees = python_files()
    ours = definitions(trees)
    found = {(path, name) for path, tree in trees.items() for name in uses(tree, ours)}
    new, gone = found - listed("Found by the test"), listed("Found by the test") - found
    told = [
        f"{path} uses {name}, which is internal to another library. Use its documented way, or" for path, name in new
    ]
    assert not new, "\n".join(
        [*sorted(told), f"add a row to {RECORD} that says why, and what would make it unnecessary."]
    )
    assert not gone, f"{RECORD} lists what is not used any more; take it out: {sorted(gone)}"


def test_what_only_a_reader_finds_is_still_there() -> None:
    rows = listed("Found by reading")
    assert rows
    gone = [(path, name) for path, name in sorted(rows) if name not in (ROOT / path).read_text()]
    assert not gone, f"{RECORD} lists what is not used any more; take it out: {gone}"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("def f(x): return x._secret", ["_secret"]),
        ("def f(x): return getattr(x, '_secret', 0)", ["_secret"]),
        ("def test(monkeypatch): monkeypatch.setattr('library.part._secret', 1)", ["_secret"]),
        ("class Ours(Theirs):\n    def f(self): return self._secret", ["_secret"]),
        ("from library import _secret", ["_secret"]),
        ("import library._secret.part", ["_secret"]),
        ("import library\nlibrary.clock = None", ["library.clock"]),
        ("import library as theirs\ndel theirs.part.clock", ["theirs.part.clock"]),
        ("from library import one, two\nfor module in (one, two):\n    module.time = None", ["module.time"]),
        ("from library import Class\nsetattr(Class, 'clock', None)", ["Class"]),
        ("def f(x): return x._health", ["_health"]),
        ("from core import metrics\ndef f(): return metrics._health", []),
        ("def f(x): return x._ours + x.__class__ + x._meta", []),
        ("from django.conf import settings\ndef test(settings): settings.DEBUG = True", []),
        ("from core import metrics\nmetrics.clock = None", []),
    ],
)  # fmt: skip
def test_internals_are_recognised(code: str, found: list[str]) -> None:
    assert list(uses(ast.parse(code), Ours(members={"_ours"}, globals={"_health"}))) == found
