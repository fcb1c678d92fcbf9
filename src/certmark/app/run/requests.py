"""What is asked of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """A run of one cloud: which cloud, which tests, of which suite, and how."""

    os_cloud: str | None = None
    """An entry of clouds.yaml; None: what the environment names (OS_CLOUD, else OS_*)."""
    tempest_conf: Path | None = None
    """A configuration that is used as it is, in the place of an entry of clouds.yaml."""
    accounts: Path | None = None
    """A file of users for the tests, in Tempest's form."""
    cloud_identity: str | None = None
    """Which cloud it is, as its operator publishes; None: as clouds.yaml or this machine knows, else a new one."""
    guideline: str | None = None
    """A file, or the id of one that ships along; None: the shipped one that has the program."""
    program: str | None = None
    """Its name or a part of it; None: the only one."""
    more_programs: tuple[str, ...] = ()
    """Further programs of the guideline that the same run is for; each gets a verdict of its own."""
    test_list: str | None = None
    """A list of tests, a file or an address with https, in the place of a guideline: all of it must pass."""
    expression: str | None = None
    """Run only tests whose names it fits (`domain.name_expressions`); None: all."""
    most_failures: int | None = None
    """End the run after so many failures; None: go on whatever fails."""
    levels: str = "required"
    """Whose tests: levels, with commas between them."""
    flagged: bool = False
    """Flagged tests, too; they never count."""
    policy: str | None = None
    """A name, or a JSON file; None: the guideline's."""
    waivers: str | None = None
    waiver_signers: str | None = None
    """A file of those who may approve waivers."""
    suite: str = "tempest"
    """The name of a suite that ships along, or the file of a description."""
    suite_version: str | None = None
    """A version, a source tree, or an environment that has it; None: what fits the cloud, else the description's."""
    wheels: str | None = None
    """A folder of wheels to install from; None: a package index."""
    workers: int | None = None
    """Classes at a time; None: as many as the accounts are enough for (`domain.capacity`)."""
    class_timeout: float | None = None
    """Seconds for a class; None: ten times what is expected, at least 900."""
    folder: str | None = None
    """The run's folder; None: one with its id among the others."""
    is_examined: bool = True
    """Whether the cloud is examined before, and the run stopped where it would be in vain."""
    ignored: tuple[str, ...] = ()
    """Ids of findings of that examination which do not stop the run."""


@dataclass(frozen=True, kw_only=True)
class ResumeRequest:
    """A run that shall go on."""

    run: str | None = None
    """Its id or folder; None: the last one."""
    keep_leftovers: bool = False
    """Leave in the run's projects what it has left there."""


@dataclass(frozen=True, kw_only=True)
class RerunRequest(ResumeRequest):
    """A finished run of which tests that did not pass shall be run again (`domain.reruns`)."""

    skipped: bool = False
    """Those that were skipped, too."""
