"""A report judged again from the results in it."""

from __future__ import annotations

import json

from certmark.domain.guidelines import Guideline
from certmark.domain.programs import NoSuchProgram, find_program
from certmark.domain.results import ContradictoryResults, Results
from certmark.domain.verdicts import judge
from certmark.formats.errors import FormatError, excerpt
from certmark.formats.results.report.comparable import comparable
from certmark.formats.results.report.document import write_report
from certmark.formats.results.report.reading import read_judgement, read_report


def problem_of(report: bytes, guideline: Guideline) -> str | None:
    """Why the report's results, judged as it says, do not give its verdict; None if they do."""
    try:
        judgement = read_judgement(report)
        if judgement is None:
            return "the report has no verdict"
        verdict = judge(
            guideline,
            find_program(guideline, judgement.program),
            Results(read_report(report)),
            judgement.waivers,
            as_of=judgement.as_of,
            policy=judgement.policy,
        )
        again = json.loads(write_report(verdict, (), evaluator=judgement.evaluator))["judgement"]
        said = dict(comparable(json.loads(report)["judgement"]))
        differing = [name for name, value in comparable(again) if said[name] != value]
    except (FormatError, ContradictoryResults, NoSuchProgram) as error:
        return str(error)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return f"the report has another shape than one of Certmark ({excerpt(type(error).__name__)})"
    return f"judged again, its {differing[0]} is not what the report says" if differing else None
