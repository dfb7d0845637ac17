"""The faults of `make mutants` are what they claim to be, and each one leaves a module that Python can read."""

import pytest

from core import signals
from jams.services import event_log
from tools import mutate


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a == b", {"a != b"}),
        ("a not in b", {"a in b"}),
        ("a < b", {"a >= b", "a <= b"}),
        ("if a: b", {"not a"}),
        ("[a for a in b if c]", {"not c"}),
        ("a and b or c", {"a or b", "(a and b) and c"}),
        ("a[:3]", {"4"}),
        ("record_event(a)", {"None"}),
        ("signals.send_on_commit(a)", {"None"}),
        ("f(a=b, c=d, e=e)", {"f(a=d, c=b, e=e)", "f(a=b, c=e, e=d)"}),
        ("f(a=b, c=b)", set()),
        ("rows.values_list('a', 'b')", {"rows.values_list('b', 'a')"}),
        ("row.save(update_fields=['a', 'b'])", {"['a']", "['b']"}),
        ("rows.filter(a, b=c)", {"rows.filter(b=c)", "rows.filter(a)"}),
        ("rows.exclude(a=b)", {"rows.exclude()"}),
        ("def f(a: Literal[1]) -> Literal[2]: f'{b == c}'", set()),
    ],
)
def test_faults_of_a_line_are_of_the_known_kinds(source: str, expected: set[str]) -> None:
    assert {fault.after for fault in mutate.find_faults("module.py", source)} == expected


def test_fault_changes_one_place_and_leaves_the_rest() -> None:
    source = "def f(a):\n    # Größe\n    return 'ä', a == [\n        1,\n    ]  # why\n"
    fault = next(fault for fault in mutate.find_faults("module.py", source) if fault.kind == "flipped comparison")
    assert fault.source == "def f(a):\n    # Größe\n    return 'ä', (a != [1])  # why\n"


def test_faults_are_chosen_by_the_seed_and_can_all_be_read() -> None:
    chosen = mutate.choose_faults(mutate.ROOT, seed=1, number=60)
    assert chosen == mutate.choose_faults(mutate.ROOT, seed=1, number=60)
    assert chosen != mutate.choose_faults(mutate.ROOT, seed=2, number=60)
    assert {fault.kind for fault in chosen} == set(mutate.KINDS)
    assert [compile(fault.source, fault.path, "exec").co_filename for fault in chosen] == [f.path for f in chosen]


def test_functions_that_write_events_have_the_names_that_are_looked_for() -> None:
    assert [name for name in mutate.EVENTS if not hasattr(signals, name) and not hasattr(event_log, name)] == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [(1, None), (2, None), (3, range(3, 5)), (4, range(3, 5)), (5, range(5, 6)), (6, range(6, 9)), (7, range(6, 9))],
)
def test_line_belongs_to_a_statement_without_its_block(line: int, expected: range | None) -> None:
    source = "a = 1\ndef f(b=1):\n    if (b\n            or a):\n        return 1\n    return g(\n        a,\n    )\n"
    assert mutate.statement_lines(source, line) == expected


def test_every_equivalent_fault_could_still_be_made_and_is_not_chosen() -> None:
    paths = {fault.partition(": ")[0] for fault in mutate.EQUIVALENT}
    possible = {str(fault) for path in paths for fault in mutate.find_faults(path, (mutate.ROOT / path).read_text())}
    assert set(mutate.EQUIVALENT) <= possible
    chosen = mutate.choose_faults(mutate.ROOT, seed=1, number=10**6)
    assert {str(fault) for fault in chosen}.isdisjoint(mutate.EQUIVALENT)
