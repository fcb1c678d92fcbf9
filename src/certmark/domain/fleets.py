"""Many clouds, tested side by side: who they are, what is asked of each, and what all of it comes to.

Rules of the whole:

1. A cloud, a region of it and a program are one member, with a run of its own.
2. What its owner set aside is not tested and does not weigh, until the last day that was named.
3. What does not answer is not tested; unless that is to be ignored, it weighs as what could not be tested.
4. The worst decides: fail, then what could not be tested, then incomplete, then pass.
5. Nothing is not success: where no member was tested, the whole is incomplete.

Rules of one member, when the process of its run has ended:

6. Where its cloud was silent, it is not alive; where it was never begun for no fault of its own, it waits.
7. With a verdict it is what its process's exit status says.
8. Interrupted, it can be resumed where its run has begun, and waits where it has not.
9. Anything else could not be tested, and the reason is what its run said last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest


class NoSuchMember(InvalidRequest):
    """No cloud, group, label or list has the name that a person gave; the message lists those that there are."""


class Availability(NamedTuple):
    """Whether the owner of a cloud lets it be tested."""

    available: bool
    reason: str = ""
    until: date | None = None
    """The last day on which it is set aside; None: until the file says otherwise."""

    def holds_on(self, day: date) -> bool:
        """Whether the cloud may be tested on `day`."""
        return self.available or (self.until is not None and day > self.until)

    @property
    def sentence(self) -> str:
        """Why it is set aside."""
        why = f"set aside by its owner: {self.reason or 'no reason given'}"
        return why if self.until is None else f"{why}, until {self.until}"


AVAILABLE = Availability(available=True)


class FleetCloud(NamedTuple):
    """An entry of a fleet's file."""

    name: str
    os_cloud: str | None
    """Its entry in clouds.yaml; None: its suite needs none."""
    regions: tuple[str | None, ...] = (None,)
    """None: the one of its entry."""
    programs: tuple[str | None, ...] = (None,)
    """None: the only one of the guideline."""
    group: str | None = None
    labels: tuple[str, ...] = ()
    owner: str = ""
    availability: Availability = AVAILABLE
    options: Mapping[str, str] = {}
    """What else is asked of its runs: an option of a run, such as `class-timeout` -> its value."""


class Fleet(NamedTuple):
    """What a fleet's file says."""

    name: str
    clouds: tuple[FleetCloud, ...]
    lists: Mapping[str, tuple[str, ...]]
    """Lists of clouds by name: nightly, weekly …"""


class FleetMember(NamedTuple):
    """One run of a fleet: a cloud, a region of it and a program (rule 1)."""

    cloud: FleetCloud
    region: str | None
    program: str | None

    @property
    def key(self) -> str:
        """What tells it from the others, in the order in which people name it."""
        return " ".join(filter(None, (self.cloud.name, self.region, self.program)))

    @property
    def group(self) -> str | None:
        """What it is shown together with; the regions of one cloud belong together."""
        return self.cloud.group or (self.cloud.name if len(self.cloud.regions) > 1 else None)


class MemberProgress(Enum):
    """How far a member came, or what its run came to."""

    WAITING = "waiting"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    """Its run can be resumed."""
    PASS = "pass"
    FAIL = "fail"
    INCOMPLETE = "incomplete"
    """Also not applicable: no required capability was judged."""
    NOT_TESTED = "could not be tested"
    NOT_ALIVE = "not alive"
    NOT_AVAILABLE = "not available"

    @property
    def is_tested(self) -> bool:
        """Whether there is a verdict."""
        return self in {MemberProgress.PASS, MemberProgress.FAIL, MemberProgress.INCOMPLETE}

    @property
    def is_settled(self) -> bool:
        """Whether going on with the fleet leaves it as it is."""
        return self.is_tested


_WORST_FIRST = (
    MemberProgress.INTERRUPTED,
    MemberProgress.RUNNING,
    MemberProgress.WAITING,
    MemberProgress.FAIL,
    MemberProgress.NOT_TESTED,
    MemberProgress.NOT_ALIVE,
    MemberProgress.INCOMPLETE,
    MemberProgress.PASS,
    MemberProgress.NOT_AVAILABLE,
)
"""Rule 4; what is not at its end stands before everything, for nothing can be said yet."""


def worst(found: Iterable[MemberProgress]) -> MemberProgress:
    """The worst of them; what was set aside weighs only where there is nothing else."""
    states = set(found)
    return next((state for state in _WORST_FIRST if state in states), MemberProgress.NOT_AVAILABLE)


def conclude(found: Iterable[MemberProgress], *, ignore_dead: bool) -> MemberProgress:
    """What the fleet came to: interrupted, fail, could not be tested, incomplete or pass."""
    # Rule 2: what its owner set aside does not weigh. Rule 3: what is dead, where that is to be ignored.
    light = {MemberProgress.NOT_AVAILABLE, *([MemberProgress.NOT_ALIVE] if ignore_dead else [])}
    states = [state for state in found if state not in light]
    # Rule 5: nothing is not success.
    if not states:
        return MemberProgress.INCOMPLETE
    match worst(states):  # rule 4
        case MemberProgress.NOT_ALIVE:
            return MemberProgress.NOT_TESTED
        case MemberProgress.RUNNING | MemberProgress.WAITING:
            return MemberProgress.INTERRUPTED
        case state:
            return state


class MemberEnd(NamedTuple):
    """How the process of a member's run ended."""

    silence: str | None = None
    """Why its cloud counts as not alive: nothing was begun."""
    status: int | None = None
    """Of the process; None: it was never begun. Negative: the signal that ended it."""
    progress: MemberProgress | None = None
    """What that status says, as far as it says one of pass, fail, incomplete and interrupted."""
    has_verdict: bool = False
    """Whether the run told a verdict."""
    folder: str | None = None
    """Of the run; None where none has begun."""
    last_words: str = ""
    """The last sentence that it said."""


def conclude_member(end: MemberEnd) -> tuple[MemberProgress, str]:
    """What a run came to, and why it is no pass."""
    match end:
        case MemberEnd(silence=str(silence)):  # rule 6
            return MemberProgress.NOT_ALIVE, silence
        case MemberEnd(status=None, last_words=""):
            return MemberProgress.WAITING, ""
        case MemberEnd(has_verdict=True, progress=MemberProgress() as progress) if progress.is_tested:  # rule 7
            return progress, "" if progress is MemberProgress.PASS else end.last_words
        case MemberEnd(progress=MemberProgress.INTERRUPTED, folder=None):  # rule 8
            return MemberProgress.WAITING, ""
        case MemberEnd(progress=MemberProgress.INTERRUPTED):
            return MemberProgress.INTERRUPTED, f"its run can be resumed: {end.folder}"
        case _:  # rule 9
            return MemberProgress.NOT_TESTED, end.last_words or f"its run ended with {_how(end.status)}; see its log"


def _how(status: int | None) -> str:
    return f"signal {-status}" if status is not None and status < 0 else f"exit status {status}"


def members_of(fleet: Fleet, only: Sequence[str] = ()) -> tuple[FleetMember, ...]:
    """The members, in the file's order; `only` keeps clouds by their name, group, label or list.

    Raises NoSuchMember.
    """
    wanted = _chosen_names(fleet, only)
    return tuple(
        FleetMember(cloud, region, program)
        for cloud in fleet.clouds
        if cloud.name in wanted
        for region in cloud.regions
        for program in cloud.programs
    )


def _chosen_names(fleet: Fleet, only: Sequence[str]) -> set[str]:
    if not only:
        return {cloud.name for cloud in fleet.clouds}
    found: set[str] = set()
    for word in only:
        named = {cloud.name for cloud in fleet.clouds if word in {cloud.name, cloud.group, *cloud.labels}}
        named.update(fleet.lists.get(word, ()))
        if not named:
            raise NoSuchMember(f"the fleet has no cloud, group, label or list {word!r}; there are {_known(fleet)}")
        found |= named
    return found


_SHOWN = 12


def _known(fleet: Fleet) -> str:
    words = [*fleet.lists, *(cloud.name for cloud in fleet.clouds), *(cloud.group or "" for cloud in fleet.clouds)]
    words += [label for cloud in fleet.clouds for label in cloud.labels]
    known = list(dict.fromkeys(filter(None, words)))
    return ", ".join(known[:_SHOWN]) + (" …" if len(known) > _SHOWN else "")


class MemberStanding(NamedTuple):
    """How a member stands: what a summary shows of it."""

    member: FleetMember
    progress: MemberProgress = MemberProgress.WAITING
    reason: str = ""
    """Why it was not tested, or what its run said last; one sentence."""
    program: str = ""
    """The program's whole name, once its run has told it."""
    counts: Mapping[str, int] = {}
    """Of required tests: counted, passed, failed, missing, flagged, waived."""
    seconds: float = 0.0
    folder: str | None = None
    """Of its run; None where none began."""

    @property
    def passed(self) -> str:
        """`57 of 58`: how many of the counted tests passed; empty where there is no verdict."""
        return f"{self.counts['passed']} of {self.counts['counted']}" if "counted" in self.counts else ""


class GroupStanding(NamedTuple):
    """Members that belong together, shown by their worst."""

    name: str
    program: str
    progress: MemberProgress
    members: tuple[str, ...]


def groups_of(standings: Iterable[MemberStanding]) -> tuple[GroupStanding, ...]:
    """The groups, for each program on its own; members of none are left out."""
    found: dict[tuple[str, str | None], list[MemberStanding]] = {}
    for standing in standings:
        if standing.member.group is not None:
            found.setdefault((standing.member.group, standing.member.program), []).append(standing)
    return tuple(
        GroupStanding(
            name,
            program or _one_program(ones),
            worst(one.progress for one in ones),
            tuple(one.member.key for one in ones),
        )
        for (name, program), ones in found.items()
    )


def _one_program(standings: Iterable[MemberStanding]) -> str:
    """The program that all of them turned out to be of; empty where they differ."""
    programs = {standing.program for standing in standings if standing.program}
    return programs.pop() if len(programs) == 1 else ""
