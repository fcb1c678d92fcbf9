"""Give a standing order: have a cloud tested again and again by a runner, in the name of somebody who may.

The cloud is named as its runner calls it; the server has no credentials of it. When it is due is said as
daily 02:00, mon thu 02:00, monthly 02:00, quarterly 02:00, yearly 02:00 (all UTC), or by hand.

exit status: 0 given, 2 usage, or not permitted, 3 what is no order, 5 the database does not allow it
"""

from __future__ import annotations

import argparse

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("cloud", metavar="CLOUD", help="as its runner calls it")
    parser.add_argument("program", metavar="PROGRAM", help="of the guideline")
    parser.add_argument("--by", required=True, metavar="NAME", help="who of the office, or of the vendor, gives it")
    parser.add_argument("--vendor", metavar="V", help="whose it is: a name, or an id (default: the programme's)")
    parser.add_argument("--guideline", metavar="ID", help="(default: the one that its runner has of the program)")
    parser.add_argument("--region", metavar="R", help="which region of the cloud")
    parser.add_argument("--suite-version", metavar="V", help="of the suite (default: what fits the cloud)")
    parser.add_argument("--labels", default="", metavar="L,…", help="that its runner must have")
    parser.add_argument("--schedule", default="daily 02:00", metavar="WHEN", help="(default: daily 02:00)")
    parser.add_argument("--window", type=int, default=240, metavar="MIN", help="to begin within (default: 240 minutes)")
    parser.add_argument("--start", action="store_true", help="have it done now as well")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """Give it; its id stands on standard output."""
    from certmark.domain.orders.terms import OrderTerms
    from certmark.server import ids
    from certmark.server.opening import operated
    from certmark.server.services import offices, orders, vendors
    from certmark.server.store.orders import PROGRAMME

    terms = OrderTerms(
        name=f"{given.cloud}: {given.program}",
        cloud=given.cloud,
        program=given.program,
        guideline=given.guideline,
        region=given.region,
        suite_version=given.suite_version,
        labels=tuple(given.labels.replace(",", " ").split()),
    )
    with operated(settings) as services:
        asker = offices.acting(services, given.by)
        vendor = PROGRAMME if given.vendor is None else vendors.meant(services, asker, given.vendor).id
        order = orders.add(services, asker, vendor, terms, given.schedule, given.window).order
        if given.start:
            orders.start(services, asker, order.id)
    print(ids.written(order.id))
    return ServerExit.OK
