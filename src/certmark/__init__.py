"""Certmark: the software of an interoperability certification programme for clouds.

    import certmark

    guideline = certmark.load_guideline("2026.11")
    results = certmark.read_results("results.subunit")
    verdict = certmark.judge(guideline, results, "object")
    print(verdict.standing.value, certmark.sentence(verdict))

`certmark.api` has every function and value with what may be relied on; they are loaded when they are first used.
"""

from typing import TYPE_CHECKING

from certmark.version import __version__

if TYPE_CHECKING:
    from certmark.api import (
        Attempt,
        CannotProceed,
        CapabilityVerdict,
        Coverage,
        Evidence,
        Guideline,
        InvalidInput,
        InvalidRequest,
        Level,
        LintReport,
        Outcome,
        Policy,
        Program,
        Refusal,
        Results,
        Standing,
        Survey,
        Verdict,
        VerificationResult,
        Waiver,
        cover,
        judge,
        lint,
        load_guideline,
        load_policy,
        load_survey,
        read_results,
        read_waivers,
        render,
        sentence,
        verify,
    )


def __getattr__(name: str) -> object:
    """The names of `certmark.api`, loaded when one is first used: the command line imports this package, too."""
    if name in __all__:
        from certmark import api

        return getattr(api, name)
    raise AttributeError(f"module 'certmark' has no attribute {name!r}")


def __dir__() -> list[str]:
    """What `import certmark` gives."""
    return sorted(__all__)


__all__ = [
    "Attempt",
    "CannotProceed",
    "CapabilityVerdict",
    "Coverage",
    "Evidence",
    "Guideline",
    "InvalidInput",
    "InvalidRequest",
    "Level",
    "LintReport",
    "Outcome",
    "Policy",
    "Program",
    "Refusal",
    "Results",
    "Standing",
    "Survey",
    "Verdict",
    "VerificationResult",
    "Waiver",
    "__version__",
    "cover",
    "judge",
    "lint",
    "load_guideline",
    "load_policy",
    "load_survey",
    "read_results",
    "read_waivers",
    "render",
    "sentence",
    "verify",
]
