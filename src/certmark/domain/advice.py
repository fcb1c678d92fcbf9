"""What a person may do next, as data: the command line, the server and a page each say it in their own words."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Action(Enum):
    """What may be done; the value says it in words that hold everywhere."""

    CHOOSE_KEY = "name one of the keys"
    LIST_KEYS = "look which keys there are"
    MAKE_KEY = "name a key, or make one"
    NAME_APPROVERS = "name who may approve waivers"
    NAME_ATTESTATION = "name the attestation, or a signature"
    NAME_GUIDELINE = "name the guideline"
    NAME_GUIDELINE_COPY = "name your copy of the guideline"
    NAME_KEY = "name the key to sign with"
    NAME_KEY_FILE = "name the file of a key"
    NAME_LOG_KEY = "name the key of the log"
    NAME_OTHER_FILE = "name another file"
    NAME_OTHER_FOLDER = "name another folder"
    NAME_PRINCIPAL = "say who should have signed"
    NAME_PRODUCT = "name the vendor and the product"
    NAME_PROGRAM = "name a program"
    NAME_SIGNERS = "say who may sign"
    NAME_SIGNER_KEY = "name the key of whoever signed"
    NAME_WAIVERS = "name the waivers"
    BEGIN_RUN = "begin a run, or name a run's folder"
    CHECK_NETWORK_OR_NAME_WHEELS = "check the network or proxy, or name a folder of wheels"
    MAKE_ROOM_AND_RESUME = "make room, then go on with the run"
    NAME_NEWER_SUITE_VERSION = "name a newer version of the suite, or a folder of wheels"
    NAME_OTHER_SUITE_VERSION = "name another version of the suite"
    PUBLISH_IDENTITY = "whoever runs the cloud should publish one identity of it for all"
    REMOVE_LEFTOVERS = "see the leftovers of the run, and remove them"
    RESUME = "go on with the run"
    RESUME_FIRST = "go on with the run first"
    RESUME_LATER = "the run can go on later"
    RESUME_OR_NAME_OTHER_FOLDER = "go on with the run, or name another folder"
    SEE_LEFTOVERS = "see the leftovers of the run"
    SHOW_ALL = "ask for everything"


class Advice(NamedTuple):
    """One thing that may be done."""

    action: Action
    subject: str = ""
    """What it is done with: a name, a path, an id; empty where the action says all."""

    def __str__(self) -> str:
        """In words that hold everywhere."""
        return f"{self.action.value}: {self.subject}" if self.subject else self.action.value
