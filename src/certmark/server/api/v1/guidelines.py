"""Guidelines as RefStack told of them: groups of files, one file, and the lines of tests for a target."""

from __future__ import annotations

import re

from certmark.domain.permissions import Right
from certmark.server.api.routes import Nothing, Route
from certmark.server.asking import Asker
from certmark.server.services.context import Services
from certmark.server.store import guidelines

_OF_GROUP = re.compile(r"(?:(?P<group>.+)\.)?(?P<name>\d{4}\.\d\d|next)\Z")
_POWERED = "powered"


def _list(services: Services, asker: Asker, asked: Nothing) -> dict[str, list[dict[str, str]]]:  # noqa: ARG001 - every handler takes these
    with services.database.peek() as transaction:
        found = dict.fromkeys(one.id for one in guidelines.every(transaction))
    groups: dict[str, list[dict[str, str]]] = {_POWERED: []}
    for identity in found:
        of_group = _OF_GROUP.match(identity)
        group = identity if of_group is None else of_group["group"] or _POWERED
        name = identity if of_group is None else of_group["name"]
        groups.setdefault(group, []).append({"name": f"{name}.json", "file": f"{identity}.json"})
    return groups


ROUTES = (
    Route(
        method="GET",
        path="/guidelines",
        name="list_guidelines",
        summary="The guidelines that this server judges by, in groups: `powered`, and each add-on and vertical.",
        handler=_list,
        may=(Right.SEE_GUIDELINE,),
        answer=None,
    ),
)
