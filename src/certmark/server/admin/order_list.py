"""List standing orders: id, cloud, program, when, what the last time came to, when it passed last.

exit status: 0 listed, 2 usage, or not permitted, 5 the database does not allow it
"""

from __future__ import annotations

import argparse

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("--by", required=True, metavar="NAME", help="who of the office, or of the vendor, looks")
    parser.add_argument("--vendor", metavar="V", help="whose: a name, or an id (default: the programme's)")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """List them, the newest first, tabs between the columns."""
    from certmark.reporting.text import plain
    from certmark.server import ids
    from certmark.server.opening import operated
    from certmark.server.services import offices, orders, vendors
    from certmark.server.services.moments import written
    from certmark.server.store.orders import PROGRAMME

    with operated(settings) as services:
        asker = offices.acting(services, given.by)
        vendor = PROGRAMME if given.vendor is None else vendors.meant(services, asker, given.vendor).id
        for order in orders.listed(services, asker, vendor, None, orders.MOST):
            shown = orders.show(services, asker, order.id)
            last = next((one for one in shown.assignments if one.state.is_end), None)
            came_to = "not yet" if last is None else (last.state if last.result is None else last.result).value
            passed = shown.health.last_pass
            when = "never" if passed is None or passed.ended is None else written(passed.ended)
            terms = order.terms
            print(ids.written(order.id), terms.cloud, plain(terms.program), order.schedule, came_to, when, sep="\t")
    return ServerExit.OK
