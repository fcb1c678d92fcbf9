"""A run as RefStack's client was asked for one: by a tempest.conf and a list of tests, with its JSON at the end."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from certmark.app.refstack.chosen_tests import ChosenTests, list_of
from certmark.app.refstack.cpids import cpid_of_cloud
from certmark.app.results import ConvertRequest, ResultsForm, convert_results
from certmark.app.run.finish import FinishedRun, RunListeners, StoppedRun
from certmark.app.run.prepare import run_cloud
from certmark.app.run.requests import RunRequest
from certmark.domain.errors import InvalidRequest
from certmark.domain.remarks import Listener, Remark

_CHECKOUT, _STREAMS = ".tempest", ".stestr"
"""Where RefStack's client, in its own checkout, had Tempest, and stestr its runs."""


@dataclass(frozen=True, kw_only=True)
class RefStackRunRequest:
    """What is run, and how what was found is called."""

    conf: Path
    """A tempest.conf."""
    chosen: ChosenTests = field(default_factory=ChosenTests)
    workers: int | None = 1
    """Classes at a time; None: as many as the accounts are enough for."""
    tag: str | None = None
    """What the name of the file begins with."""
    is_checked: bool = True
    """Whether the certificates of Keystone, and of the server of a list, are looked at."""


class SavedRun(NamedTuple):
    """A run, and what was saved of it for RefStack."""

    came_to: StoppedRun | FinishedRun
    path: Path | None = None
    """None: it was stopped, or it ended in a way of which RefStack's form cannot tell; that was said."""


def run_for_refstack(request: RefStackRunRequest, listeners: RunListeners) -> SavedRun:
    """Test the cloud, judge it by the list, and save what passed as RefStack's client did. Raises as a run does."""
    listen = listeners.remark
    _demand_plain(request)
    cpid = cpid_of_cloud(request.conf, listen, is_checked=request.is_checked)
    with list_of(request.chosen, request.conf, listen, is_checked=request.is_checked) as tests:
        asked = RunRequest(tempest_conf=request.conf, test_list=tests, workers=request.workers)
        came_to = run_cloud(asked, listeners)
    if isinstance(came_to, StoppedRun):
        return SavedRun(came_to)
    return SavedRun(came_to, _saved(came_to, cpid, request.tag, listen))


def _demand_plain(request: RefStackRunRequest) -> None:
    """What can be said of the request before anything is done."""
    if not request.conf.is_file():
        raise InvalidRequest(f"there is no file {request.conf}")
    if request.tag is not None and not re.fullmatch(r"[\w.+-]{1,80}", request.tag):
        raise InvalidRequest(f"{request.tag[:80]!r} cannot begin the name of a file; take letters, digits and hyphens")


def _saved(run: FinishedRun, cpid: str, tag: str | None, listen: Listener) -> Path | None:
    asked = ConvertRequest(results=[str(run.judged.folder.path)], form=ResultsForm.REFSTACK, cpid=cpid)
    try:
        body = convert_results(asked, lambda _: None)  # the verdict has said it
    except InvalidRequest as error:
        listen(Remark(f"nothing is saved for RefStack: {error}", is_important=True))
        return None
    home = Path(_CHECKOUT, _STREAMS) if Path(_CHECKOUT).is_dir() else Path(_STREAMS)
    home.mkdir(parents=True, exist_ok=True)
    text = json.dumps(json.loads(body), indent=4, separators=(",", ": "))
    begin = "" if tag is None else f"{tag}-"
    for number in itertools.count(_next_number(home)):
        path = home / f"{begin}{number}.json"
        try:
            with path.open("x", encoding="ascii") as file:
                file.write(text)
        except FileExistsError:  # somebody else's run has ended just now
            continue
        listen(Remark(f"JSON results saved in: {path}"))
        return path
    raise AssertionError  # numbers do not end


def _next_number(home: Path) -> int:
    """Of a run that is not there yet, as JSON or as a stream, under whatever tag."""
    names = (re.fullmatch(r"(?:.*-)?([0-9]{1,9})(?:\.json)?", path.name) for path in home.iterdir())
    return max((int(found[1]) for found in names if found), default=-1) + 1
