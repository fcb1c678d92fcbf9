"""What was discovered of a cloud, and how somebody's configuration differs from it, shown."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from certmark.cloud.discovery.options import Option, Origin
from certmark.cloud.discovery.outcome import DifferenceKind, DiscoveryResult, OptionComparison, OptionDifference
from certmark.reporting.blocks import Block, Cell, Heading, Sentence, Table, Tone
from certmark.reporting.documents import Document
from certmark.reporting.views import View

_WORDS = {
    Origin.GIVEN: "given by a person",
    Origin.ASKED: "said by the cloud",
    Origin.CHOSEN: "chosen among what it has",
    Origin.ASSUMED: "assumed, for nobody could be asked",
    Origin.OURS: "of the run itself",
}


class DiscoveryView(View):
    """What was discovered; without secrets in every form."""

    title = "Discovery"

    def __init__(self, result: DiscoveryResult) -> None:
        self._result = result

    def blocks(self) -> Iterable[Block]:
        """Services, how many options of which origin, files."""
        result, me = self._result, self._result.found.me
        yield Heading(f"{me.cloud}: {me.auth_url}" + (f", region {me.region}" if me.region else ""))
        yield Table(("service", "type", "where, or what is wrong"), tuple(self._services()))
        yield Heading(f"{len(result.plan.options)} options of Tempest {result.known.version} ({result.known.source})")
        counted = Counter(option.origin for option in result.plan.options)
        rows = ((Cell(str(counted[origin])), Cell(words)) for origin, words in _WORDS.items() if counted[origin])
        yield Table(("options", "origin"), tuple(rows))
        if result.left_out:
            names = ", ".join(option.key for option in result.left_out)
            yield Sentence(f"left out, for this Tempest does not read them: {names}", Tone.QUIET)
        for path in result.written:
            yield Sentence(f"wrote {os.path.relpath(path)}")

    def document(self) -> Document:
        """Everything."""
        result, me = self._result, self._result.found.me
        body = {
            "cloud": me.cloud,
            "auth_url": me.auth_url,
            "region": me.region,
            "administrator": me.is_admin,
            "tempest": {"version": result.known.version, "options_from": result.known.source},
            "services": [
                {"service": one.service, "type": one.type, "url": one.url, "problem": one.problem}
                for one in result.found.services
            ],
            "options": [_option(option) for option in result.plan.options],
            "left_out": [_option(option) for option in result.left_out],
            "remarks": list(result.plan.remarks),
            "calls": result.calls.as_json(),
            "created": [made._asdict() for made in result.created.made] if result.created is not None else [],
            "written": [str(path) for path in result.written],
        }
        return Document("certmark-discovery", 1, body)

    def _services(self) -> Iterator[tuple[Cell, ...]]:
        for state in self._result.found.services:
            if state.url is not None:
                tone = Tone.BAD if state.problem else Tone.GOOD
                yield Cell(state.service, tone), Cell(state.type or ""), Cell(state.problem or state.url or "")


class ComparisonView(View):
    """How somebody's configuration differs from what was discovered."""

    title = "Discovery"

    def __init__(self, comparison: OptionComparison) -> None:
        self._comparison = comparison

    def blocks(self) -> Iterable[Block]:
        """What changes what Tempest does, then what does not."""
        material = self._comparison.material
        quiet = [one for one in self._comparison.differences if not one.matters]
        if material:
            yield Heading(f"what {self._comparison.name} has otherwise")
            yield _table(material, None)
        if quiet:
            yield Heading("differences without effect")
            yield _table(quiet, Tone.QUIET)
        sum_ = f"{len(material)} options differ, {len(quiet)} more without effect on what Tempest does"
        yield Sentence(sum_, Tone.BAD if material else Tone.GOOD)

    def document(self) -> Document:
        """Every difference, and whether it matters."""
        comparison = self._comparison
        body = {
            "file": comparison.name,
            "tempest": comparison.result.known.version,
            "different": bool(comparison.material),
            "differences": [one.as_json() for one in comparison.differences],
            "calls": comparison.result.calls.as_json(),
        }
        return Document("certmark-discovery-comparison", 1, body)


def _option(option: Option) -> dict[str, object]:
    return {
        "section": option.section,
        "name": option.name,
        "value": None if option.secret else option.value,
        "secret": option.secret,
        "origin": option.origin.value,
        "source": option.source,
    }


def _table(found: Sequence[OptionDifference], tone: Tone | None) -> Table:
    rows = (
        (Cell(one.key, tone), Cell(_value_text(one.ours, one)), Cell(_value_text(one.theirs, one)), Cell(_why(one)))
        for one in found
    )
    return Table(("option", "ours", "theirs", "why ours"), tuple(rows))


def _value_text(value: str | None, one: OptionDifference) -> str:
    if value is not None:
        return value
    has_default = one.default is not None and one.kind is not DifferenceKind.UNKNOWN
    return f"(not said: {one.default})" if has_default else "(not said)"


def _why(one: OptionDifference) -> str:
    if one.kind is DifferenceKind.UNKNOWN:
        return "this Tempest has no such option"
    return f"{one.origin}: {one.source}" if one.origin else "nothing is said of it"
