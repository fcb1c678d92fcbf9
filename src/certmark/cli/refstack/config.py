"""Write tempest.conf and accounts.yaml from what a cloud tells of itself, as refstack-client config did.

It is certmark cloud discover under the old words, as an ordinary user, and its files say of every option where it is
from. What is there already is kept as NAME.DATE. Nothing is made in the cloud, except with --image: that is uploaded,
and created.json says what was made (certmark cloud discover --remove-created removes it).

exit status: 0 written, 2 usage (also an option that this Tempest does not have), 4 written, but a service of the
catalogue could not be looked at, 5 the cloud or Tempest cannot be asked
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import option
from certmark.cli.options.cloud import CloudOptions
from certmark.cli.options.refstack import RefStackOptions
from certmark.domain.errors import InvalidRequest

if TYPE_CHECKING:
    from certmark.app.cloud.discovery import DiscoverRequest


@dataclass(frozen=True, kw_only=True)
class Options(RefStackOptions):
    """The options of the verb."""

    use_test_accounts: Path | None = option(
        "--use-test-accounts", type=Path, metavar="FILE", help="users to act as (default: as clouds.yaml says)"
    )
    network_id: str | None = option("--network-id", metavar="ID", help="the network that leads outside")
    image: str | None = option("--image", metavar="FILE|URL", help="an image to upload")
    out: Path = option(
        "--out", type=Path, default=Path("etc/tempest.conf"), metavar="FILE", help="(default: etc/tempest.conf)"
    )
    os_cloud: str | None = option("--os-cloud", metavar="NAME", help="an entry of clouds.yaml (default: OS_*)")
    overrides: str | None = option(
        "--overrides", metavar="KEY=VALUE,…", help="options as you want them: section.name=value, with commas between"
    )

    def request(self) -> DiscoverRequest:
        """What is asked of the application. Raises InvalidRequest."""
        from certmark.app.cloud.discovery import CreateRequest, DiscoverRequest
        from certmark.cloud.discovery.options import given_options

        network = {} if self.network_id is None else {"network.public_network_id": self.network_id}
        return DiscoverRequest(
            os_cloud=self.os_cloud,
            accounts=self.use_test_accounts,
            as_admin=False,
            options=given_options({**network, **_pairs(self.overrides or "")}, "the command line"),
            out=self.out,
            force=True,
            create=None if self.image is None else CreateRequest(image=self.image),
        )


def run(options: Options, console: Console) -> Exit:
    """Discover, and write."""
    from certmark.app.cloud.discovery import discover_configuration
    from certmark.reporting.cloud.discovery import DiscoveryView

    options.check()
    if options.insecure:
        raise InvalidRequest(
            "what is checked of a cloud stands in clouds.yaml (verify: false), so -k means nothing here"
        )
    CloudOptions(os_cloud=options.os_cloud).prepare_sign_in()
    result = discover_configuration(options.request(), listener(console))
    show(DiscoveryView(result), console)
    return Exit.OK if result.is_whole else Exit.INCOMPLETE


def _pairs(text: str) -> dict[str, str]:
    """`a.b=1,c.d=x,y`: a comma parts two options where another one follows it, else it is of the value."""
    words = [word for word in re.split(r",(?=[\w-]+\.[\w-]+=)", text) if word]
    pairs = dict(word.partition("=")[::2] for word in words)
    strange = next((name for name in pairs if not re.fullmatch(r"[\w-]+\.[\w-]+", name)), None)
    if strange is not None:
        raise InvalidRequest(f"--overrides takes SECTION.OPTION=VALUE, with commas between, not {strange[:80]!r}")
    return pairs
