"""Commands of GitHub's workflows, which it shows as annotations.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions. GitHub shows ten of each kind
for a step.
"""

from __future__ import annotations

from collections.abc import Mapping

from certmark.reporting.text import plain


def annotation(kind: str, message: str, properties: Mapping[str, str]) -> str:
    """A line that is an `error`, `warning` or `notice`; foreign text in it can begin no other command."""
    named = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{kind} {named}::{_message(message)}\n"


def _message(text: str) -> str:
    return plain(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
