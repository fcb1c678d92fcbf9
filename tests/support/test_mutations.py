"""What `./dev mutants` puts into the code, and what it leaves alone."""

from __future__ import annotations

import pytest

from support.mutations import mutants_of


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        ("a < b", ["(a <= b)"]),
        ("a is not b", ["(a is b)"]),
        ("a and not b", ["(a or not b)", "a and (b)"]),
        ("-a + b", ["(-a - b)", "(a) + b"]),
        ("x = 3", ["x = (4)"]),
        ("x = True", ["x = (False)"]),
        ("x = 'é' + y", ["x = ('é' - y)", "x = ('éX') + y"]),
        ("min(a)", ["pass", "(max(a))"]),
        ("x = [a for a in b if a]", ["x = ([a for a in b])"]),
        ("x = a.strip()", ["x = (a)"]),
        ("x += y", ["x -= y"]),
        ("if a.b: go()", ["if (not a.b): go()", "if a.b: pass"]),
        ("raise A", ["pass"]),
        ("for a in b: continue", ["for a in b: break"]),
    ],
)
def test_faults_are_put_where_they_belong(source: str, faults: list[str]) -> None:
    data = source.encode()
    assert sorted(mutant.applied(data).decode() for mutant in mutants_of("m.py", data)) == sorted(faults)


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        "from a import b",
        "x: Literal['a'] | None",
        "def f(x: 'A' = y) -> 'B': ...",
        "__slots__ = ('a', 'b')",
        "if TYPE_CHECKING: f()",
        "T = TypeVar('T', bound=int)",
        "x = f'a{b}'",
        "@cache('a')\ndef f(): ...",
    ],
)
def test_what_is_no_behaviour_is_left_alone(source: str) -> None:
    assert mutants_of("m.py", source.encode()) == []


def test_a_fault_is_known_by_its_module_and_its_lines_wherever_they_stand() -> None:
    here = mutants_of("formats/m.py", b"x = (\n    a ==\n    b)")
    there = mutants_of("evidence/deep/m.py", b"y = 1\n\nx = (\n    a ==\n    b)")
    assert [mutant.key for mutant in here] == [("m.py", "a == b)", "(a != b))")]
    assert here[0].key in {mutant.key for mutant in there}
