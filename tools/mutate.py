"""`make mutants`: put faults into a copy of services, selectors and policies, one at a time, and see who catches them.

The faults are chosen by a seed, evenly among the kinds. For each one pytest runs only the tests that execute its line,
on SQLite, until one fails. `--folder DIR` keeps the copy and the map of which test executes which line in DIR, and a
later run with the same folder takes both from there.
"""

import argparse
import ast
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from importlib.util import cache_from_source
from itertools import chain, pairwise, zip_longest
from pathlib import Path
from typing import cast

from coverage import CoverageData

ROOT = Path(__file__).resolve().parent.parent
APPS = ("accounts", "jams", "search", "songs", "venues", "votes")
ROLES = ("services", "selectors", "policies")
TESTS = [f"tests/{name}" for name in (*APPS, "api", "attacks", "exports")]
NOT_COPIED = (".*", "__pycache__", "var", "screenshots")
LIMIT = 900  # seconds for the tests of one fault; whatever takes longer counts as not caught
EVENTS = ("record_event", "send_on_commit")
ORDERED = ("values", "values_list", "order_by")
FLIPPED = {ast.Eq: ast.NotEq, ast.Lt: ast.GtE, ast.Gt: ast.LtE, ast.Is: ast.IsNot, ast.In: ast.NotIn}
FLIPPED |= {new: old for old, new in FLIPPED.items()}
MOVED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}

# Faults that nobody could observe, as "path: line -> what stands in it instead", with the reason.
EQUIVALENT = {
    "jams/selectors/next_song.py: overdue = song.waited if song.waited >= LONG_WAIT else 0 -> 1": "as good as 0",
    'jams/services/device_transfer.py: send_on_commit(jam_changed, slug=here.jam.slug, what="attendee") -> None': (
        "the musician is saved in the same transaction, which sends it as well"
    ),
    'core/pictures.py: picture.save(target, "WEBP", quality=80) -> 81': "looks the same",
    "search/services/retention.py: merged = {row.words: row for row in "
    "SearchDay.objects.bulk_create(rows, batch_size=500)} -> 501": "the same rows in another number of statements",
    "search/services/retention.py: SearchChoice.objects.bulk_create([SearchChoice(search=merged[words], **row) "
    "for words, row in choices], 500) -> 501": "the same rows in another number of statements",
}

Change = tuple[ast.expr, ast.expr]  # a node of the tree, and what stands there instead


@dataclass(frozen=True)
class Fault:
    path: str
    line: int
    kind: str
    before: str
    after: str
    text: str  # of the line without the fault
    source: str  # of the whole file with the fault

    def __str__(self) -> str:
        return f"{self.path}: {self.text} -> {self.after}"


def flip_comparison(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in FLIPPED:
        yield node, ast.Compare(node.left, [FLIPPED[type(node.ops[0])](), *node.ops[1:]], node.comparators)


def negate_condition(node: ast.AST) -> Iterator[Change]:
    tests = [node.test] if isinstance(node, ast.If | ast.IfExp | ast.While) else getattr(node, "ifs", [])
    yield from ((test, ast.UnaryOp(ast.Not(), test)) for test in tests if not isinstance(test, ast.Compare))


def drop_event(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Call) and name_of(node) in EVENTS:
        yield node, ast.Constant(None)


def swap_fields(node: ast.AST) -> Iterator[Change]:
    """Exchange the values of two keywords or two columns, or leave a field out of `update_fields`."""
    if not isinstance(node, ast.Call):
        return
    for this, that in pairwise(node.keywords):
        if this.arg and that.arg and ast.unparse(this.value) != ast.unparse(that.value):
            swapped = {this: ast.keyword(this.arg, that.value), that: ast.keyword(that.arg, this.value)}
            yield node, ast.Call(node.func, node.args, [swapped.get(word, word) for word in node.keywords])
    for number in range(len(node.args) - 1 if name_of(node) in ORDERED else 0):
        before, (one, two), after = node.args[:number], node.args[number : number + 2], node.args[number + 2 :]
        yield node, ast.Call(node.func, [*before, two, one, *after], node.keywords)
    for word in node.keywords:
        if word.arg == "update_fields" and isinstance(word.value, ast.List):
            fields = word.value.elts
            yield from ((word.value, ast.List([other for other in fields if other is not one])) for one in fields)


def swap_and_or(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BoolOp):
        yield node, ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)


def move_by_one(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield node, ast.Constant(node.value + 1)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in MOVED:
        yield node, ast.Compare(node.left, [MOVED[type(node.ops[0])](), *node.ops[1:]], node.comparators)


def drop_filter(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Call) and name_of(node) in ("filter", "exclude"):
        for one in (*node.args, *node.keywords):
            args = [other for other in node.args if other is not one]
            words = [other for other in node.keywords if other is not one]
            yield node, ast.Call(node.func, args, words)


KINDS: dict[str, Callable[[ast.AST], Iterator[Change]]] = {
    "flipped comparison": flip_comparison,
    "negated condition": negate_condition,
    "dropped event": drop_event,
    "swapped fields": swap_fields,
    "and/or": swap_and_or,
    "off by one": move_by_one,
    "dropped filter": drop_filter,
}


def name_of(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def find_faults(path: str, source: str) -> Iterator[Fault]:
    """Yield every fault that could be put into the source of a module."""
    for node in nodes(ast.parse(source)):
        for kind, changes in KINDS.items():
            for old, new in changes(node):
                before, after = ast.unparse(old), ast.unparse(new)
                text = source.splitlines()[old.lineno - 1].strip()
                yield Fault(path, old.lineno, kind, before, after, text, with_change(source, old, after))


def nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield `node` and what is below it, without annotations and f-strings, which hold no logic."""
    yield node
    for name, below in ast.iter_fields(node):
        if name not in ("annotation", "returns") and not isinstance(node, ast.JoinedStr):
            for child in below if isinstance(below, list) else [below]:
                if isinstance(child, ast.AST):
                    yield from nodes(child)


def with_change(source: str, old: ast.expr, after: str) -> str:
    """Return `source` with `after` in the place of a node; the columns of a node count bytes."""
    lines = source.encode().splitlines(keepends=True)
    end_line, end_column = cast("tuple[int, int]", (old.end_lineno, old.end_col_offset))  # a parsed node has both
    start = len(b"".join(lines[: old.lineno - 1])) + old.col_offset
    end = len(b"".join(lines[: end_line - 1])) + end_column
    whole = b"".join(lines)
    return (whole[:start] + b"(" + after.encode() + b")" + whole[end:]).decode()


def choose_faults(tree: Path, *, seed: int, number: int) -> list[Fault]:
    """Return `number` faults, as many of each kind as there are; the same ones for the same code and seed."""
    modules = [path for app in APPS for path in sorted((tree / app).rglob("*.py")) if is_target(path.relative_to(tree))]
    faults = [fault for path in modules for fault in find_faults(str(path.relative_to(tree)), path.read_text())]
    chance = random.Random(seed)  # noqa: S311 (not for secrets)
    piles = [[fault for fault in faults if fault.kind == kind and str(fault) not in EQUIVALENT] for kind in KINDS]
    for pile in piles:
        chance.shuffle(pile)
    return [fault for fault in chain(*zip_longest(*piles)) if fault][:number]


def is_target(path: Path) -> bool:
    return path.parts[1].removesuffix(".py") in ROLES


class Suite:
    """The tests in a copy of the tree, and which of them execute which line."""

    def __init__(self, folder: Path) -> None:
        self.tree, self.folder = folder / "tree", folder
        if not self.tree.exists():
            shutil.copytree(ROOT, self.tree, ignore=shutil.ignore_patterns(*NOT_COPIED))
            with (self.tree / "tests" / "settings.py").open("a") as settings:
                settings.write(f"DATABASES['default']['TEST'] = {{'NAME': {str(folder / 'used.sqlite3')!r}}}\n")
        if not (folder / "empty.sqlite3").exists():
            self._measure()
        data = CoverageData(str(folder / "coverage"))
        data.read()
        self.by_line = {
            Path(name).relative_to(self.tree).as_posix(): data.contexts_by_lineno(name)
            for name in data.measured_files()
        }
        lines = chain(*(lines.values() for lines in self.by_line.values()))
        self.breadth = Counter(context.rpartition("|")[0] for contexts in lines for context in contexts)

    def _measure(self) -> None:
        """Run every test once; exit when one fails without any fault."""
        print("Running every test once, to see which lines it executes ...", flush=True)
        options = [*(f"--cov={app}" for app in APPS), f"--cov-config={os.devnull}", "--cov-context=test"]
        done = self._pytest(*options, "--cov-report=", *TESTS, limit=None)
        if done.returncode:
            print(done.stdout, done.stderr)
            sys.exit(f"The tests do not pass without any fault: pytest ended with {done.returncode}.")
        with closing(sqlite3.connect(self.folder / "used.sqlite3")) as database:
            database.execute("VACUUM INTO ?", (str(self.folder / "empty.sqlite3"),))

    def _pytest(self, *arguments: str, limit: int | None) -> subprocess.CompletedProcess[str]:
        outside = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--reuse-db", *arguments],
            cwd=self.tree,
            env={**outside, "COVERAGE_FILE": str(self.folder / "coverage")},
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )

    def tests_of(self, fault: Fault) -> list[str]:
        """Return the tests that execute the statement of `fault`, those first that execute the fewest lines.

        What stands outside of functions is executed by an import: then it is the tests that use the module at all.
        """
        by_line = self.by_line.get(fault.path, {})
        lines = statement_lines((self.tree / fault.path).read_text(), fault.line) or by_line
        found = {context.rpartition("|")[0] for line in lines for context in by_line.get(line, [])} - {""}
        return sorted(found, key=lambda test: (self.breadth[test], test))

    def find_failure(self, fault: Fault) -> str:
        """Return the test that fails with `fault`, or "" when none does."""
        tests, module = self.tests_of(fault), self.tree / fault.path
        if not tests:
            return ""
        arguments, original = self.folder / "tests.txt", module.read_text()
        arguments.write_text("\n".join(tests))
        for old in self.folder.glob("used.sqlite3*"):  # the log of a killed run as well
            old.unlink()
        shutil.copy(self.folder / "empty.sqlite3", self.folder / "used.sqlite3")
        write(module, fault.source)
        try:
            done = self._pytest(f"@{arguments}", limit=LIMIT)
        except subprocess.TimeoutExpired:
            return ""
        finally:
            write(module, original)
        failures = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
        return failures[-1].split()[1] if failures else "an import" if done.returncode else ""


def write(module: Path, source: str) -> None:
    """Write a module and forget its bytecode: Python takes a file of the same second and size for the same file."""
    module.write_text(source)
    Path(cache_from_source(str(module))).unlink(missing_ok=True)


def statement_lines(source: str, line: int) -> range | None:
    """Return the lines of the innermost statement at `line`, without its block; None outside of functions."""
    tree, found = ast.parse(source), None
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for node in chain(*(ast.walk(part) for function in functions for part in function.body)):
        if isinstance(node, ast.stmt):
            block = getattr(node, "body", None)
            end = block[0].lineno if block else cast("int", node.end_lineno) + 1
            if line in range(node.lineno, end):
                found = range(node.lineno, end)
    return found


def main() -> int:
    """Print a line for each fault and how many were caught; return the number of those that were not."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutate", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=60)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jamsite-mutants-") as name:
        suite = Suite((options.folder or Path(name)).resolve())
        missed = 0
        faults = choose_faults(suite.tree, seed=options.seed, number=options.faults)
        if failure := suite.find_failure(replace(faults[0], source=(suite.tree / faults[0].path).read_text())):
            sys.exit(f"{failure} fails without any fault.")
        for number, fault in enumerate(faults, start=1):
            failure = suite.find_failure(fault)
            missed += not failure
            verdict = f"caught by {failure}" if failure else f"NOT CAUGHT by {len(suite.tests_of(fault))} tests"
            print(f"{number:2} {fault.kind}: {fault.path}:{fault.line}: {fault.before} -> {fault.after}", flush=True)
            print(f"   {verdict}", flush=True)
    print(f"Seed {options.seed}: {len(faults) - missed} of {len(faults)} faults were caught.")
    return missed


if __name__ == "__main__":
    sys.exit(main())
