"""Appoint the member of a vendor who commits the company, in the place of the one before.

It is done in the name of somebody of the programme office, and stands in the vendor's history with the reason.

exit status: 0 appointed, 2 usage, no such vendor or member, or not in the office, 5 the database does not allow it
"""

from __future__ import annotations

import argparse

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("vendor", metavar="VENDOR", help="its name, or its id")
    parser.add_argument("name", metavar="NAME", help="which member")
    parser.add_argument("--deputy", action="store_true", help="who stands in for the designate, not the designate")
    parser.add_argument("--by", required=True, metavar="NAME", help="who of the programme office decides it")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why; the vendor reads it")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """Appoint them."""
    from certmark.domain.permissions import Role
    from certmark.reporting.text import plain
    from certmark.server.opening import operated
    from certmark.server.services import members, offices, vendors

    role = Role.DEPUTY if given.deputy else Role.DESIGNATE
    with operated(settings) as services:
        asker = offices.acting(services, given.by)
        vendor = vendors.meant(services, asker, given.vendor)
        person = members.member_named(services, asker, vendor.id, given.name)
        members.appoint(services, asker, vendor.id, role, person, reason=given.reason)
    print(plain(vendor.name), role.value, plain(given.name), sep="\t")
    return ServerExit.OK
