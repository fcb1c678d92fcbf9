"""What files say of themselves, beside their results: which cloud, suite and guideline; claims of whoever made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from certmark.domain.results import Evidence
from certmark.domain.submissions import joined
from certmark.evidence.artifacts import SignedTarget
from certmark.evidence.bundle.layout import REPORT
from certmark.evidence.bundle.reading import Bundle, read
from certmark.evidence.parts import parts_in
from certmark.evidence.results import read_source
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.evidence import head_of
from certmark.formats.results.recognition import ResultsKind, recognise
from certmark.formats.sources import FileSource
from certmark.server.reading.messages import StatedFacts
from certmark.trust.attestations.predicates import facts_of_bundle

_LONGEST = 500


def read_with_facts(source: FileSource) -> tuple[tuple[Evidence, ...], StatedFacts]:
    """The evidence in a file that was received, and what it says of itself. Raises FormatError or Contradiction."""
    kind = recognise(head_of(source))
    if kind is ResultsKind.PARTS:
        return _of_parts([(part.name, *read_with_facts(part)) for part in parts_in(source)])
    if kind is not ResultsKind.BUNDLE:
        return read_source(source, digest=True), StatedFacts()
    with read(source) as bundle:
        pieces = bundle.evidence(digest=True)
        if not pieces:
            raise UnreadableResults(f"{source.name} is a bundle without results; nothing was run")
        return pieces, _of_bundle(bundle, source.name)


def _of_parts(
    parts: Sequence[tuple[str, tuple[Evidence, ...], StatedFacts]],
) -> tuple[tuple[Evidence, ...], StatedFacts]:
    """Parts of one submission say the same of what was tested, and how."""
    claims = joined([(name, facts.claim) for name, _, facts in parts])
    return tuple(piece for _, pieces, _ in parts for piece in pieces), StatedFacts(**claims._asdict())


def _of_bundle(bundle: Bundle, name: str) -> StatedFacts:
    if not bundle.has(REPORT) or bundle.report.get("judgement") is None:
        return StatedFacts(subject=bundle.manifest.cloud)  # it was never judged, and says no more
    return facts_in(facts_of_bundle(bundle, SignedTarget(name, "", 0)))


def facts_in(said: Mapping[str, Any]) -> StatedFacts:
    """What a predicate says. A stranger's may have any shape: what is no text is not said."""
    return StatedFacts(
        subject=_text(said, "cloud", "identity"),
        region=_text(said, "cloud", "region"),
        suite=" ".join(filter(None, (_text(said, "suite", "name"), _text(said, "suite", "version")))) or None,
        guideline_id=_text(said, "guideline", "id"),
        guideline=_text(said, "guideline", "sha256"),
        program=_text(said, "guideline", "program"),
        vendor=_text(said, "product", "vendor"),
        product=_text(said, "product", "name"),
        version=_text(said, "product", "version"),
    )


def _text(said: Mapping[str, Any], part: str, key: str) -> str | None:
    holder = said.get(part)
    found = holder.get(key) if isinstance(holder, Mapping) else None
    return found if isinstance(found, str) and 0 < len(found) <= _LONGEST else None
