"""Write tempest.conf and accounts.yaml from what a cloud tells of itself.

The cloud is an entry of clouds.yaml, or OS_* variables say it; passwords, tokens and application
credentials all do. Every option stands under a comment that says where it is from: given (a person
wrote it), asked (the cloud said it, with the call), chosen (one of several that the cloud has),
assumed (nobody could be asked; with the reason), ours (how a run works). Nothing is made in the
cloud without --create, and what is made stands in a record.

Without --out the file goes to standard output, without secrets. With it, DIR gets tempest.conf,
accounts.yaml where users are given, and secrets.env where Tempest makes its own (an administrator's
password, for Tempest's environment; certmark run reads it, too); the latter two are for your eyes only.

exit status: 0 done or no difference, 1 --diff found a difference, 2 usage (also an option that this
Tempest does not have, or no password anywhere and nobody at a terminal), 4 done, but a service of the
catalogue could not be looked at, or it has none but identity, 5 the cloud or Tempest cannot be asked
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import option
from certmark.cli.options.cloud import OUT, CloudOptions
from certmark.cli.options.guideline import PROGRAM_HELP
from certmark.cli.options.output import JsonOption

if TYPE_CHECKING:
    from certmark.app.cloud.discovery import DiscoverRequest
    from certmark.cloud.discovery.options import Option

_input, _output, _creation = (
    partial(option, group=group) for group in ("what goes in", OUT, "what may be made in the cloud")
)


@dataclass(frozen=True, kw_only=True)
class Options(CloudOptions, JsonOption):
    """The options of the verb."""

    guideline: str | None = _input(
        "--guideline", "-g", help="a file, or a shipped id (default: the shipped one that has the program)"
    )
    program: str | None = _input("--program", "-p", help=f"services that it needs must be there; {PROGRAM_HELP}")
    set: tuple[str, ...] = _input(
        "--set", action="append", metavar="SECTION.OPTION=VALUE", help="an option as you want it"
    )
    profile: Path | None = _input(
        "--profile",
        type=Path,
        metavar="FILE",
        help="YAML of these arguments by their long names, or options as in a tempest.conf",
    )
    accounts: Path | None = _input(
        "--accounts", type=Path, metavar="FILE", help="users to act as (default: as clouds.yaml says)"
    )
    no_admin: bool = _input(
        "--no-admin", action="store_true", help="ask and act as an ordinary user, even as administrator"
    )
    workers: int | None = _input(
        "-j", type=int, metavar="N", help="classes at a time that the users must be enough for"
    )
    tempest: str | None = _input(
        "--tempest", metavar="VERSION|PATH", help="whose options are written: a version, or an environment's path"
    )
    out: Path | None = _output(
        "--out", "-o", type=Path, metavar="DIR|FILE", help="a folder, or a file whose name ends in .conf"
    )
    force: bool = _output(
        "--force", action="store_true", help="write over files that are there; each is kept as NAME.DATE"
    )
    diff: Path | None = _output(
        "--diff", type=Path, metavar="FILE", help="compare with this tempest.conf instead of writing one"
    )
    create: bool = _creation(
        "--create", action="store_true", help="make flavors, images and roles that are needed and absent"
    )
    image: str | None = _creation(
        "--image", metavar="FILE|URL", help="with --create: the image to upload (default: a tiny one)"
    )
    record: Path | None = _creation(
        "--record",
        type=Path,
        metavar="FILE",
        help="with --create: what was made (default: created.json beside tempest.conf)",
    )
    remove_created: Path | None = _creation(
        "--remove-created", type=Path, metavar="RECORD", help="remove what the record names, and do nothing else"
    )

    def request(self, settings: tuple[Option, ...]) -> DiscoverRequest:
        """What is asked of the application."""
        from certmark.app.cloud.discovery import CreateRequest, DiscoverRequest

        return DiscoverRequest(
            os_cloud=self.os_cloud,
            guideline=self.guideline,
            program=self.program,
            accounts=self.accounts,
            as_admin=not self.no_admin,
            workers=self.workers or 1,
            tempest=self.tempest,
            options=settings,
            out=self.out,
            force=self.force,
            create=CreateRequest(image=self.image, record=self.record) if self.create else None,
        )


def run(options: Options, console: Console) -> Exit:
    """Discover, and write, show or compare."""
    from certmark.app.cloud.discovery import discover_configuration, remove_created_things
    from certmark.cli.cloud.profile import settings_of, with_profile
    from certmark.cloud.discovery.options import merged
    from certmark.reporting.cloud.discovery import DiscoveryView

    options, settings = with_profile(options, options.profile) if options.profile is not None else (options, ())
    console.quiet = options.quiet
    options.prepare_sign_in()
    if options.remove_created is not None:
        for sentence in remove_created_things(options.remove_created, options.os_cloud):
            console.data(sentence)
        return Exit.OK
    request = options.request(merged(settings, settings_of(options.set)))
    if options.diff is not None:
        return _compared(request, options.diff, options, console)
    result = discover_configuration(request, listener(console))
    if options.json or options.out is not None:
        show(DiscoveryView(result), console, as_json=options.json)
    else:
        console.data(_configuration(result.plan.options))
    console.remark(result.calls.sentence())
    return Exit.OK if result.is_whole else Exit.INCOMPLETE


def _compared(request: DiscoverRequest, conf: Path, options: Options, console: Console) -> Exit:
    from certmark.app.cloud.discovery import compare_configuration
    from certmark.reporting.cloud.discovery import ComparisonView

    comparison = compare_configuration(request, conf, listener(console))
    show(ComparisonView(comparison), console, as_json=options.json)
    if not options.json:
        console.remark(comparison.result.calls.sentence())
    if comparison.material:
        return Exit.FAIL
    return Exit.OK if comparison.result.is_whole else Exit.INCOMPLETE


def _configuration(options: tuple[Option, ...]) -> str:
    """The file, with a word in the place of each secret."""
    from certmark.cloud.discovery.conf_files import is_apart
    from certmark.cloud.discovery.options import rendered

    hidden = {option.key: "no output; use --out" for option in options if option.secret}
    apart = {option.key: "secrets.env, which --out writes" for option in options if is_apart(option)}
    return rendered(options, hidden | apart)
