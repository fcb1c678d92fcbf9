"""A guideline of one schema as one of another: lifted into format 3, lowered from it, with what is lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from certmark.domain.guidelines import Guideline, RequiredTest
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline.differences import Difference, differences, with_differences
from certmark.formats.guideline.lifting import lifted
from certmark.formats.guideline.lowering import lowered_to
from certmark.formats.guideline.schemas import FORMAT_3, SCHEMAS


class Loss(NamedTuple):
    """Something that an older schema has no place for."""

    what: str
    """The place in the document, with `*` for the names in it: `capabilities.*.operations`."""
    times: int
    first: str
    """The first place."""


def lift(guideline: Guideline) -> dict[str, Any]:
    """The document of `guideline` in format 3. Raises InvalidGuideline where it is none of the older schemas."""
    if guideline.schema == FORMAT_3:
        return dict(guideline.document)
    if guideline.schema not in SCHEMAS:
        raise InvalidGuideline(f"{guideline.id} is no interop guideline, but a {guideline.schema}")
    return lifted(guideline.document, guideline.schema)


def restored(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document from which one of format 3 was lifted, with what was changed since.

    Raises InvalidGuideline where it was not lifted from any.
    """
    original = document.get("original")
    schema = original.get("schema") if isinstance(original, dict) else None
    if not isinstance(original, dict) or schema not in SCHEMAS:
        raise InvalidGuideline("it was not lifted from another schema")
    return with_differences(lowered_to(schema, document), original.get("changes", []))


def lower(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document of format 3 in schema 2.0; one that was lifted from 2.0 as it was there, with what changed since."""
    original = document.get("original")
    if isinstance(original, dict) and original.get("schema") == "2.0":
        return restored(document)
    return lowered_to("2.0", document)


def losses(document: Mapping[str, Any], schema: str) -> tuple[Loss, ...]:
    """What of `document`, of format 3, `schema` cannot say: found by lifting what was lowered."""
    source = {key: value for key, value in document.items() if key != "original"}
    again = {key: value for key, value in lifted(lowered_to(schema, document), schema).items() if key != "original"}
    found: dict[str, list[str]] = {}
    for place in (place for change in differences(again, source) for place in _lost(change)):
        found.setdefault(_general(place), []).append(place)
    return tuple(Loss(what, len(places), _dotted(places[0])) for what, places in found.items())


def _lost(change: Difference) -> list[str]:
    """The place of what only the source has, or has otherwise; what lifting adds is no loss.

    A program keeps its other names and words, whichever of them is its name; a flag's code stands before its reason;
    what a capability achieves is said in the same word.
    """
    place = change["place"]
    is_word = place.startswith("/programs/") and place.endswith(("/name", "/aliases"))
    is_elsewhere = is_word or place.endswith("/achievements") or ("was" in change and place.endswith("/flag/reason"))
    return [place] if "is" in change and not is_elsewhere else []


_NAMED = ("programs", "components", "capabilities", "designated_sections", "suites")
"""At the top, objects whose keys are names."""
_NAMED_WITHIN = ("criteria", "microversions", "scores", "sections", "since", "tests")


def _steps(place: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in place.split("/")[1:]]


def _general(place: str) -> str:
    steps = _steps(place)
    return ".".join(
        "*" if (number == 1 and steps[0] in _NAMED) or (number > 1 and steps[number - 1] in _NAMED_WITHIN) else step
        for number, step in enumerate(steps)
    )


def _dotted(place: str) -> str:
    return ".".join(_steps(place))


def with_spellings(guideline: Guideline, read: Callable[[dict[str, Any]], Guideline]) -> Guideline:
    """A lifted guideline with ids and flags as the original spells them, which RefStack's verdicts and lists depend on.

    `read` reads a document of an older schema. Raises InvalidGuideline.
    """
    original = read(restored(guideline.document))
    spelt = {(key, test.name): test for key, one in original.capabilities.items() for test in one.tests}
    capabilities = {
        key: one._replace(tests=tuple(_spelt(test, spelt.get((key, test.name))) for test in one.tests))
        for key, one in guideline.capabilities.items()
    }
    return guideline._replace(capabilities=capabilities)


def _spelt(test: RequiredTest, original: RequiredTest | None) -> RequiredTest:
    if original is None:
        return test
    if original.uuid == test.uuid:
        test = test._replace(written_id=original.written_id)
    if test.flag is not None and original.flag is not None:
        test = test._replace(flag=test.flag._replace(spelling=original.flag.spelling))
    return test
