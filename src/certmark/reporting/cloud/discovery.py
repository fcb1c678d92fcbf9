"""What `certmark cloud discover` found, for people and for machines."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import show_blocks
from certmark.cli.exits import Exit
from certmark.cloud.discovery.diffs import DifferenceKind, OptionDifference
from certmark.cloud.discovery.options import Option, Origin
from certmark.reporting.blocks import Block, Cell, Heading, Sentence, Table, Tone

if TYPE_CHECKING:
    from certmark.cloud.discovery.outcome import DiscoveryResult

_WORDS = {
    Origin.GIVEN: "given by a person",
    Origin.ASKED: "said by the cloud",
    Origin.CHOSEN: "chosen among what it has",
    Origin.ASSUMED: "assumed, for nobody could be asked",
    Origin.OURS: "of the run itself",
}
_PLACES = frozenset({"oslo_concurrency.lock_path", "auth.test_accounts_file", "DEFAULT.log_file", "DEFAULT.log_dir"})
"""Options that name places of a machine: two files always differ in them."""


def show_discovered(outcome: DiscoveryResult, written: Sequence[Path], console: Console) -> None:
    """Services, how many options of which origin, files."""
    counted = Counter(option.origin for option in outcome.plan.options)
    rows = tuple(
        (
            Cell(state.service, Tone.BAD if state.problem else Tone.GOOD),
            Cell(state.type or ""),
            Cell(state.problem or state.url or ""),
        )
        for state in outcome.found.services
        if state.url is not None
    )
    me = outcome.found.me
    blocks: list[Block] = [
        Heading(f"{me.cloud}: {me.auth_url}" + (f", region {me.region}" if me.region else "")),
        Table(("service", "type", "where, or what is wrong"), rows),
        Heading(f"{len(outcome.plan.options)} options of Tempest {outcome.known.version} ({outcome.known.source})"),
        Table(
            ("options", "origin"),
            tuple((Cell(str(counted[origin])), Cell(words)) for origin, words in _WORDS.items() if counted[origin]),
        ),
    ]
    if outcome.left_out:
        names = ", ".join(option.key for option in outcome.left_out)
        blocks.append(Sentence(f"left out, for this Tempest does not read them: {names}", Tone.QUIET))
    blocks += [Sentence(f"wrote {os.path.relpath(path)}") for path in written]
    show_blocks(blocks, console)


def as_json(outcome: DiscoveryResult, written: Iterable[Path]) -> str:
    """Everything, without secrets."""
    me = outcome.found.me
    document = {
        "cloud": me.cloud,
        "auth-url": me.auth_url,
        "region": me.region,
        "administrator": me.is_admin,
        "tempest": {"version": outcome.known.version, "options-from": outcome.known.source},
        "services": [state._asdict() for state in outcome.found.services],
        "options": [_option(option) for option in outcome.plan.options],
        "left-out": [_option(option) for option in outcome.left_out],
        "remarks": list(outcome.plan.remarks),
        "calls": outcome.calls.as_json(),
        "created": [made._asdict() for made in outcome.created.made] if outcome.created is not None else [],
        "written": [str(path) for path in written],
    }
    return json.dumps(document, indent=1)


def _option(option: Option) -> dict[str, object]:
    return {
        "section": option.section,
        "name": option.name,
        "value": None if option.secret else option.value,
        "secret": option.secret,
        "origin": option.origin.value,
        "source": option.source,
    }


def show_differences(
    found: Sequence[OptionDifference], outcome: DiscoveryResult, name: str, console: Console, *, as_machine: bool
) -> Exit:
    """The differences; FAIL if one of them changes what Tempest does."""
    weighty = [one for one in found if one.matters and one.key not in _PLACES]
    if as_machine:
        console.data(
            json.dumps(
                {
                    "file": name,
                    "tempest": outcome.known.version,
                    "different": bool(weighty),
                    "differences": [one.as_json() for one in found],
                    "calls": outcome.calls.as_json(),
                },
                indent=1,
            )
        )
    else:
        show_blocks(_difference_blocks(found, weighty, name), console)
        console.remark(outcome.calls.sentence())
    return Exit.FAIL if weighty else Exit.OK


def _difference_blocks(
    found: Sequence[OptionDifference], weighty: Sequence[OptionDifference], name: str
) -> list[Block]:
    blocks: list[Block] = []
    quiet = [one for one in found if one not in weighty]
    if weighty:
        blocks += [Heading(f"what {name} has otherwise"), _table(weighty, None)]
    if quiet:
        blocks += [Heading("differences without effect"), _table(quiet, Tone.QUIET)]
    blocks.append(
        Sentence(
            f"{len(weighty)} options differ, {len(quiet)} more without effect on what Tempest does",
            Tone.BAD if weighty else Tone.GOOD,
        )
    )
    return blocks


def _table(found: Iterable[OptionDifference], tone: Tone | None) -> Table:
    return Table(
        ("option", "ours", "theirs", "why ours"),
        tuple(
            (Cell(one.key, tone), Cell(_said(one.ours, one)), Cell(_said(one.theirs, one)), Cell(_why(one)))
            for one in found
        ),
    )


def _said(value: str | None, one: OptionDifference) -> str:
    if value is not None:
        return value
    return (
        f"(not said: {one.default})"
        if one.default is not None and one.kind is not DifferenceKind.UNKNOWN
        else "(not said)"
    )


def _why(one: OptionDifference) -> str:
    if one.kind is DifferenceKind.UNKNOWN:
        return "this Tempest has no such option"
    return f"{one.origin}: {one.source}" if one.origin else "nothing is said of it"
