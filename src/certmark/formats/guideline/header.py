"""What a plain list says of itself in the comments before its first test: `# title: …` and the like."""

from __future__ import annotations

import re
from typing import NamedTuple

from certmark.domain.policies import InvalidPolicy, Policy, policy_from
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline.document import parsed
from certmark.formats.guideline.fields import checked_name

_WORDS = ("title", "program", "version", "status", "source", "policy")
_LINE = re.compile(rf"#\s*({'|'.join(_WORDS)})\s*:\s*(.*\S)", re.IGNORECASE)


class ListHeader(NamedTuple):
    """Each None where the list does not say it."""

    title: str | None = None
    """A name for people."""
    program: str | None = None
    """The name of the program that asks for these tests."""
    version: str | None = None
    status: str | None = None
    source: str | None = None
    policy: Policy | None = None


def header_of(text: str) -> ListHeader:
    """The header of a list. Raises InvalidGuideline where something stands there twice, or a policy is none."""
    found: dict[str, str] = {}
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            break
        header = _LINE.match(stripped)
        if header is not None and found.setdefault(header[1].lower(), header[2]) != header[2]:
            raise InvalidGuideline(f"line {number}: a second {header[1].lower()}; remove the wrong one")
    texts = {word: checked_name(found[word], word) for word in _WORDS if word in found and word != "policy"}
    return ListHeader(**texts, policy=_policy(found.get("policy")))


def _policy(text: str | None) -> Policy | None:
    if text is None:
        return None
    try:
        return policy_from(parsed(text) if text.startswith("{") else text)
    except (InvalidPolicy, InvalidGuideline) as error:
        raise InvalidGuideline(f"policy: {str(error)[:300]}") from error
