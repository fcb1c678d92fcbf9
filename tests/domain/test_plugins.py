from __future__ import annotations

from certmark.domain.plugins import meant_by
from certmark.domain.results import Evidence, Results
from certmark.formats.guideline import read

LIST = read(b"- {codename: a, testname: a, description: x, release: v1.9, file: a.go}\n", "conformance.yaml")
PLAIN = read(b"a.B.c\n", "list.txt")


def piece(plugin: str | None) -> Evidence:
    return Evidence(str(plugin), "sonobuoy", 1, None, (), plugin=plugin)


def plugins(results: Results) -> list[str | None]:
    return [one.plugin for one in results.evidence]


def test_for_a_conformance_list_only_its_own_plugin_speaks_and_what_is_no_plugins() -> None:
    results = Results([piece("own"), piece("e2e"), piece(None), piece("e2e")])
    assert plugins(meant_by(LIST, results)) == ["e2e", None, "e2e"]


def test_where_that_plugin_says_nothing_all_speak() -> None:
    results = Results([piece("own"), piece("other")])
    assert meant_by(LIST, results) is results


def test_other_guidelines_mean_every_plugin() -> None:
    results = Results([piece("own"), piece("e2e")])
    assert meant_by(PLAIN, results) is results
