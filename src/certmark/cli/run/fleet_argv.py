"""The command line of each run of a fleet: what its entry asks, over what holds for all of them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from typing import Any

from certmark.cli.options.fleet import FLEET_ONLY
from certmark.domain.fleets import FleetMember
from certmark.runner.fleet.liveness import Address, address_in


def handed_on(args: argparse.Namespace, parser: argparse.ArgumentParser) -> dict[str, tuple[str, ...]]:
    """What of the command line holds for every run: an option's name without hyphens -> the words of it."""
    found = {}
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way to ask which options there are
        value = getattr(args, action.dest, None)
        if action.dest in FLEET_ONLY or not action.option_strings or value == action.default:
            continue
        option = action.option_strings[0]
        words = [option] if value is True or action.nargs == 0 else _with_value(option, value)
        if isinstance(action, argparse.BooleanOptionalAction) and value is False:
            words = [action.option_strings[1]]
        found[_word_of(action)] = tuple(words)
    return found


def _with_value(option: str, value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [word for one in values for word in (option, os.path.abspath(one) if _is_file(one) else str(one))]


def _is_file(value: object) -> bool:
    return isinstance(value, str) and os.path.exists(value)


def _word_of(action: argparse.Action) -> str:
    """As the file of a fleet names the option."""
    return action.dest.replace("_", "-")


def address_of_member(member: FleetMember) -> Address:
    """Where its cloud is, as far as files on this machine tell."""
    conf = member.cloud.asked.get("tempest-conf")
    if conf is not None:
        return address_in(conf)
    if member.cloud.os_cloud is None:
        return Address("")
    from certmark.cloud.addresses import address_of

    return Address(*address_of(member.cloud.os_cloud, member.region))


def words_of(member: FleetMember, handed: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The options of a member's run; what its entry says stands over the command line."""
    asked = dict(member.cloud.asked)
    words = [] if "tempest-conf" in asked or member.cloud.os_cloud is None else ["--os-cloud", member.cloud.os_cloud]
    words += ["--region", member.region] if member.region is not None else []
    words += ["--program", member.program] if member.program is not None else []
    for option, value in asked.items():
        words += ["-j" if option == "workers" else f"--{option}", value]
    return [*words, *(word for name, given in handed.items() if name not in {*asked, "program"} for word in given)]
