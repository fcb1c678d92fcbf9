"""The work of `certmark cloud discover`: ask the cloud, weigh it against Tempest's options, write or compare."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from pathlib import Path

from certmark.app.cloud.discovery.files import Place, place_of, write_all
from certmark.app.cloud.discovery.profile import demand_known, take_profile
from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.cloud import take_region
from certmark.cloud.calls import calls_of
from certmark.cloud.discovery.conf_files import is_apart, read_conf, read_secrets
from certmark.cloud.discovery.creating import CreationRecord, create_missing, remove_created
from certmark.cloud.discovery.diffs import differences
from certmark.cloud.discovery.discover import Discovered, discover, services_of
from certmark.cloud.discovery.option_lists import OptionList, option_list
from certmark.cloud.discovery.options import Option, Origin, rendered
from certmark.cloud.discovery.outcome import DiscoveryResult
from certmark.cloud.discovery.tempest_conf import plan_config
from certmark.cloud.errors import CloudError
from certmark.cloud.session import connect, who
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.reporting.cloud.discovery import as_json, show_differences, show_discovered


def discover_cloud(args: argparse.Namespace, console: Console) -> Exit:
    """Do the whole job."""
    said = take_profile(args)
    take_region(args)
    try:
        if args.remove_created is not None:
            return _remove(args, console)
        known = option_list(args.tempest)
        demand_known(said, known)
        theirs = read_conf(Path(args.diff)) if args.diff is not None else ()
        place = place_of(args.out, force=args.force, is_used=args.diff is None)
        outcome = _discovered(args, said, known, place, console)
    except CloudError as error:
        raise CannotProceed(str(error), error.advice) from error
    return _told(args, outcome, theirs, place, console)


def _discovered(
    args: argparse.Namespace, said: Iterable[Option], known: OptionList, place: Place, console: Console
) -> DiscoveryResult:
    needed = _services(args)
    record = None
    with connect(args.os_cloud) as connection:
        found = discover(connection, () if args.create else needed, as_admin=not args.no_admin)
        if args.create:
            record = _record(args, found, place)
            try:
                create_missing(connection, found, args.image, record)
            finally:
                _say_made(record, console)
            found = discover(connection, needed, as_admin=not args.no_admin)
        calls = calls_of(connection)
    demand_known(_own(found), known)
    plan = plan_config(
        found,
        place.folder,
        accounts=Path(args.accounts) if args.accounts is not None else None,
        admin=False if args.no_admin else None,
        workers=args.workers or 1,
        extra=(*(record.options() if record is not None else ()), *said),
        may_lack_users=True,
    )
    kept, left_out = known.split(plan.options)
    return DiscoveryResult(found, plan._replace(options=kept), known, left_out, calls, record)


def _own(found: Discovered) -> list[Option]:
    """What clouds.yaml says of options."""
    return [option for option in found.options if option.origin is Origin.GIVEN and "certmark.options" in option.source]


def _services(args: argparse.Namespace) -> frozenset[str]:
    """The services that the program's tests cannot do without; none where no program is named."""
    if args.program is None:
        return frozenset()
    from certmark.app.inputs.guidelines import program_of
    from certmark.domain.programs import demand_of
    from certmark.formats.guideline import DEFAULT, load

    guideline = load(args.guideline or DEFAULT)
    return services_of(test.name for test in demand_of(guideline, program_of(guideline, args.program)).tests.values())


def _told(
    args: argparse.Namespace, outcome: DiscoveryResult, theirs: tuple[Option, ...], place: Place, console: Console
) -> Exit:
    for remark in outcome.plan.remarks:
        console.remark(remark)
    if args.diff is not None:
        values = {
            option.key: option.value.replace("$$", "$")
            for option in (*theirs, *read_secrets(Path(args.diff).with_name("secrets.env")))
        }
        found = differences(outcome.plan.options, values, outcome.known)
        return show_differences(found, outcome, args.diff, console, as_machine=args.json)
    written = write_all(outcome.plan, place) if args.out is not None else []
    if args.json:
        console.data(as_json(outcome, written))
    elif args.out is not None:
        show_discovered(outcome, written, console)
    else:
        apart = {option.key: "secrets.env, which --out writes" for option in outcome.plan.options if is_apart(option)}
        hidden = {option.key: "no output; use --out" for option in outcome.plan.options if option.secret}
        console.data(rendered(outcome.plan.options, hidden | apart))
    console.remark(outcome.calls.sentence())
    return Exit.INCOMPLETE if _unseen(outcome.found) else Exit.OK


def _unseen(found: Discovered) -> bool:
    """Whether the catalogue names a service that could not be looked at."""
    return any(state.url is not None and state.problem is not None for state in found.services)


def _record(args: argparse.Namespace, found: Discovered, place: Place) -> CreationRecord:
    path = Path(args.record) if args.record is not None else place.folder / "created.json"
    if path.exists():
        raise InvalidRequest(
            f"{path} is there: what it names was made before; remove that with --remove-created {path}, "
            "or name another --record"
        )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return CreationRecord(path, found.me.auth_url, found.me.region)


def _say_made(record: CreationRecord, console: Console) -> None:
    if not record.made:
        console.remark("nothing had to be made in the cloud")
        return
    names = ", ".join(f"{made.kind} {made.name}" for made in record.made)
    path = os.path.relpath(record.path)
    console.remark(f"made {names}; certmark cloud discover --remove-created {path} removes them")


def _remove(args: argparse.Namespace, console: Console) -> Exit:
    record = CreationRecord.read(Path(args.remove_created))
    with connect(args.os_cloud) as connection:
        for sentence in remove_created(connection, record, who(connection).auth_url):
            console.data(sentence)
    return Exit.OK
