"""What the process allows to be done about a matter: by the guideline's stage, in the process's words.

The numbers are those of the working group's rules: D301 tests do not change after approval, D311 a
flag stays, D312 a new guideline starts without flags, D400 to D406 the reasons of flags.
"""

from __future__ import annotations

from certmark.domain.covered import CoverageFindingKind, CoverageStage, Covered

_APPROVED = {
    CoverageFindingKind.VANISHED: "flag it [D406], test removed, with action and date; the next guideline leaves it out",
    CoverageFindingKind.OTHER_ID: "its id may not change now (D301): flag it until the next guideline says which test is meant",
    CoverageFindingKind.RENAMED: "add {new} to its aliases; the key stays, for it is the name at approval",
    CoverageFindingKind.ADMIN: "flag it [D400], fails the criteria: it asks for an administrator; the next guideline leaves it out",
    CoverageFindingKind.SECOND_ACCOUNT: "the test stays (D301): name the accounts to testers, or flag it [D400] as a barrier",
    CoverageFindingKind.SKIP: "clouds for which it is skipped are incomplete: flag it [D405] if they are in wide use",
    CoverageFindingKind.FLAG: "nothing here: a flag stays (D311); the next guideline starts without it (D312)",
}
_DRAFT = {
    CoverageFindingKind.VANISHED: "leave it out",
    CoverageFindingKind.OTHER_ID: "take the id of today, if it still tests the same; else leave it out",
    CoverageFindingKind.RENAMED: "make {new} the key, and the old name an alias",
    CoverageFindingKind.ADMIN: "leave it out, or take a test of the same that needs no administrator",
    CoverageFindingKind.SECOND_ACCOUNT: "weigh it: a test should need no more accounts than its capability does",
    CoverageFindingKind.SKIP: "weigh it: a cloud for which it is skipped cannot meet the capability",
    CoverageFindingKind.FLAG: "leave the flag out: a new guideline starts without flags (D312)",
}


def remedy(matter: CoverageFindingKind, stage: CoverageStage, test: Covered) -> str:
    """What may be done, or why nothing is."""
    if not test.is_placed:
        return "nothing: its capability is removed, or in no component"
    new = test.names[0] if test.names else "the new name"
    match stage:
        case CoverageStage.SUPERSEDED:
            return "nothing: a superseded guideline is history"
        case CoverageStage.APPROVED:
            return _settled(matter, test) or _APPROVED[matter].format(new=new)
        case CoverageStage.DRAFT:
            if matter is CoverageFindingKind.RENAMED and asks_admin(test):
                return f"leave it out: as {new} it asks for an administrator"
            return _DRAFT[matter].format(new=new)


def asks_admin(test: Covered) -> bool:
    """Whether its class asks for an administrator today."""
    return test.surveyed is not None and any(item.is_admin for item in test.surveyed.credentials)


def _settled(matter: CoverageFindingKind, test: Covered) -> str:
    if test.flag is not None and matter is not CoverageFindingKind.FLAG:
        code = f" ({test.flag.code})" if test.flag.code else ""
        return f"nothing here: it is flagged{code}; the next guideline leaves it out"
    if matter is CoverageFindingKind.RENAMED and test.alias_known:
        return "nothing: its aliases have the new name"
    return ""
