"""The forms that our report has had: which parts an early one lacks, and which sentences it words otherwise.

An early report is one that lacks every part of `_BY_WHICH_IT_IS_KNOWN`: with some of them it is of no version.
The facts of an early report are compared like those of today's; its sentences are shown by nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from certmark.formats.documents.comparison import TODAY, DocumentForm

_BY_WHICH_IT_IS_KNOWN = frozenset({"judgement.circumstances", "judgement.policy.teardown", "judgement.policy.others"})
EARLY = DocumentForm(
    may_lack=_BY_WHICH_IT_IS_KNOWN
    | {
        "evidence.circumstances",
        "evidence.attempts.place",
        "evidence.attempts.window",
        "evidence.attempts.superseded",
    },
    in_other_words=frozenset(
        {
            "judgement.sentence",
            "judgement.remarks",
            "judgement.capabilities.tests.reason",
            "evidence.remarks",
            "evidence.attempts.detail",
        }
    ),
)
"""The reports that Certmark 0.1.0 wrote before it told circumstances."""


_OF_LOGS = frozenset(
    {
        "judgement.capabilities.tests.reason",
        "evidence.attempts.detail.reason",
        "evidence.attempts.detail.text",
        "evidence.attempts.detail.requests.url",
    }
)
"""The parts that come from the logs of tests, in which secrets are masked."""
_OF_JOURNALS = frozenset({"evidence.circumstances", "judgement.circumstances.words", "judgement.circumstances.note"})
"""The parts that come from the journal of a run, in which paths of the machine are masked."""


def form_of(report: Mapping[str, Any], *, is_masked: bool = False) -> DocumentForm:
    """The form of a parsed report with a judgement; `is_masked`: secrets are masked in the results at hand."""
    form = EARLY if is_early(report) else TODAY
    return form._replace(masked=_OF_JOURNALS | _OF_LOGS if is_masked else _OF_JOURNALS)


def is_early(report: Mapping[str, Any]) -> bool:
    """Whether a parsed report with a judgement is an early one."""
    return not any(_has(report, name.split(".")) for name in _BY_WHICH_IT_IS_KNOWN)


def _has(part: Any, keys: list[str]) -> bool:
    for key in keys:
        if not isinstance(part, Mapping) or key not in part:
            return False
        part = part[key]
    return True
