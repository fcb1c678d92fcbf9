"""What a person may do next, as data: the command line, the server and a page each say it in their own words."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple


class Action(Enum):
    """What may be done; the value says it in words that hold everywhere."""

    BEGIN_RUN = "begin a run, or name a run's folder"
    CHECK_ACCOUNTS = "check the accounts, or make new ones"
    CHOOSE_KEY = "name one of the keys"
    CLEAR_SANDBOX = "clear the sandbox's folder"
    CONTINUE_OR_DELETE_ACCOUNTS = "mend that and ask again, or delete the accounts"
    FINISH_RUN = "finish the run"
    GIVE_AS_GUIDELINE = "give it as the guideline"
    GIVE_DIGEST = "give the first digits of a digest"
    GO_ON_DESPITE = "mend it and begin again, or go on despite these findings"
    INSTALL_SUITE = "let the suite be installed, to look closer"
    JUDGE = "judge the results"
    LIST_FINDINGS = "see the ids of all findings"
    LIST_KEYS = "look which keys there are"
    LIST_RULES = "list the rules"
    LOOK_AT_OWN_PROJECT = "look at your own project only"
    MAKE_ACCOUNTS = "make new accounts"
    MAKE_KEY = "name a key, or make one"
    MAKE_NEW_KEY = "make a new one"
    MAKE_ROOM_AND_RESUME = "make room, then go on with the run"
    MAKE_SANDBOX = "make a sandbox"
    MEND = "mending"
    NAME_ACCOUNTS = "name a file of accounts"
    NAME_APPROVERS = "name who may approve waivers"
    NAME_ATTESTATION = "name the attestation, or a signature"
    NAME_BUNDLE = "name the bundle, which has the raw results"
    NAME_CLOUD = "name the cloud"
    NAME_CLOUD_IDENTITY = "mend it, or name the identity of the cloud"
    NAME_GUIDELINE = "name the guideline"
    NAME_GUIDELINE_COPY = "name your copy of the guideline"
    NAME_IMAGE = "name an image"
    NAME_KEY = "name the key to sign with"
    NAME_KEY_FILE = "name the file of a key"
    NAME_LOG_KEY = "name the key of the log"
    NAME_OTHER_ACCOUNTS = "name another file of accounts"
    NAME_OTHER_CLOUD = "name another cloud"
    NAME_OTHER_FILE = "name another file"
    NAME_OTHER_FOLDER = "name another folder"
    NAME_OTHER_PLACE = "name another place, or have a copy kept of what is there"
    NAME_OTHER_SUITE_VERSION = "take another version of the suite"
    NAME_POLICY = "name the policy that you accept"
    NAME_PREDECESSOR = "name the earlier file"
    NAME_PRINCIPAL = "say who should have signed"
    NAME_PRIVATE_KEY = "name the file of a private key"
    NAME_PRODUCT = "name the vendor and the product"
    NAME_PROGRAM = "name a program"
    NAME_ROLE = "name the cloud's own role, or have it made"
    NAME_SANDBOX_PROFILE = "name the profile of the sandbox"
    NAME_SIGNERS = "say who may sign"
    NAME_SIGNER_KEY = "name the key of whoever signed"
    NAME_STREAM = "name a stream of subunit"
    NAME_SUITE = "name a version of the suite, or a folder of its wheels"
    NAME_SURVEY = "name a list of tests, or a saved survey"
    NAME_TEMPEST = "name an environment with Tempest, or go without one for the list of"
    NAME_WAIVERS = "name the waivers"
    NAME_WHEELS = "name a folder of wheels to install from"
    NARROW_REMOVAL = "name a run or a list of what may go, or say that other people's things may go, too"
    PUBLISH_IDENTITY = "if the operator of the cloud has published its identity, give that"
    REMOVE_CREATED = "remove what the record names"
    REMOVE_CREATED_FIRST = "remove what the record names, or name another record"
    REMOVE_LEFTOVERS = "remove what an earlier run left"
    REMOVE_SANDBOX = "remove the sandbox"
    RESUME = "go on with the run"
    RESUME_FIRST = "go on with the run first"
    RESUME_FLEET = "go on with the fleet"
    RESUME_LATER = "the run can go on later"
    RESUME_OR_NAME_OTHER_FOLDER = "go on with the run, or name another folder"
    RESUME_SANDBOX = "bring the sandbox up again"
    RUN_FEWER_AT_ONCE = "run fewer classes at a time"
    SEE_LEFTOVERS = "see the leftovers of the run"
    SEE_OR_REMOVE_LEFTOVERS = "see the leftovers of the run, and remove them"
    SHOW_ALL = "ask for everything"
    SHOW_FINDINGS = "ask for every finding, for those of one rule, or for what a rule means"
    SHOW_GUIDELINE = "show the guideline"
    SHOW_NOTES = "ask for notes, too"
    SHOW_SANDBOX_LOG = "look at the log of the service"
    STOP_SANDBOX = "stop the sandbox"
    WRITE_BASELINE = "write the baseline again"


class Advice(NamedTuple):
    """One thing that may be done."""

    action: Action
    subject: str = ""
    """What it is done with: a name, a path, an id; empty where the action says all."""
    cloud: str = ""
    """The name of the cloud, where it must be named again."""

    def __str__(self) -> str:
        """In words that hold everywhere."""
        return f"{self.action.value}: {self.subject}" if self.subject else self.action.value


Words = Callable[[Advice], str]
"""How an edge says an advice: what shows a report is given it, and `str` says it for all."""
