"""What may be done next, in the words of the command line: the one place that knows an option in a sentence."""

from __future__ import annotations

import shlex

from certmark.domain.advice import Action, Advice

WORDS = {
    Action.ACCEPT_SECRET: "or, if it is none, say so: certmark bundle accept RUN {} --reason WHY --by WHO",
    Action.ADD_TRUST: "begin with certmark trust add, or name a file",
    Action.BEGIN_LOG: "begin one with certmark log new",
    Action.BEGIN_RUN: "begin one with certmark run, or name a run's folder",
    Action.CHECK_ACCOUNTS: "certmark cloud accounts check{cloud} {} says more",
    Action.CHOOSE_KEY: "name one (certmark key list shows them)",
    Action.CLEAR_SANDBOX: "`certmark sandbox down --purge` clears the folder, then `up` makes it anew",
    Action.COMPARE_FINGERPRINT: "compare this with what the programme publishes elsewhere, then give it: "
    "--fingerprint {}",
    Action.CONTINUE_OR_DELETE_ACCOUNTS: (
        "mend that and give the same command again, or remove it with certmark cloud accounts delete"
    ),
    Action.DIFF_GUIDELINES: "certmark guideline diff BEFORE AFTER --full shows every difference",
    Action.DO_WITHOUT_RUN: "accept that with --without run",
    Action.EXPLAIN_TEST: "certmark judge {} --explain TEST says how a test was counted",
    Action.FINISH_RUN: "finish it with certmark resume",
    Action.GIVE_AS_GUIDELINE: "give it with --guideline",
    Action.GIVE_DIGEST: "give at least {} digits of one that certmark bundle show lists",
    Action.GIVE_FOUND_DIGEST: "give at least 8 digits of one that certmark bundle preview tells",
    Action.GIVE_REASON: "give --reason",
    Action.GO_ON_DESPITE: "mend it and run again, or go on with {}, or with --no-doctor",
    Action.INSTALL_SUITE: "certmark cloud doctor without --offline-suite installs it, and looks closer",
    Action.JUDGE: "judge it with certmark judge",
    Action.LIST_FINDINGS: "certmark cloud doctor shows the ids of what it finds",
    Action.LIST_KEYS: "see certmark key list",
    Action.LIST_RULES: "--explain all lists the rules",
    Action.LOOK_AT_OWN_PROJECT: "leave --all-projects",
    Action.MAKE_ACCOUNTS: "as an administrator: certmark cloud accounts make{cloud}{} --out new-accounts.yaml, "
    "then give --accounts new-accounts.yaml",
    Action.MAKE_GUIDELINE_OF_LIST: "certmark guideline from-list makes one of it",
    Action.MAKE_KEY: "name one with --key, or make one with certmark key new",
    Action.MAKE_NEW_KEY: "make a new one with certmark key new",
    Action.MAKE_ROOM_AND_RESUME: "make room, then certmark resume",
    Action.MAKE_SANDBOX: "`certmark sandbox up` makes one",
    Action.MEND: "--fix",
    Action.NAME_ACCOUNTS: "give --accounts FILE",
    Action.NAME_APPROVERS: "name who may approve them with --waiver-signers",
    Action.NAME_BUNDLE: "name the bundle with --bundle",
    Action.NAME_POLICY: "accept that one with --verdict-policy",
    Action.NAME_ATTESTATION: "name one with --attestation, or a signature with --signature",
    Action.NAME_CLOUD: "name the cloud with --os-cloud",
    Action.NAME_CLOUD_IDENTITY: "mend it, or give --cloud-identity",
    Action.NAME_GUIDELINE: "name one with --guideline",
    Action.NAME_GUIDELINE_COPY: "name your copy with --guideline",
    Action.NAME_GUIDELINE_OF_HOST: "name your copy with --guideline, and lay that one beside it",
    Action.NAME_IMAGE: "name an image with --image",
    Action.NAME_KEY: "name one with --key (certmark key list shows them)",
    Action.NAME_KEY_FILE: "name a file, or see certmark key list",
    Action.NAME_LOG_KEY: "name one with --log-key",
    Action.NAME_OTHER_ACCOUNTS: "name another file with --out",
    Action.NAME_OTHER_CLOUD: "name one that it has with --os-cloud, or set OS_CLIENT_CONFIG_FILE",
    Action.NAME_OTHER_FILE: "name another file",
    Action.NAME_OTHER_FOLDER: "name another --folder",
    Action.NAME_OTHER_PLACE: "name another --out, or --force keeps a copy of it and writes it anew",
    Action.NAME_OTHER_SUITE_VERSION: "take another --tempest version",
    Action.NAME_PREDECESSOR: "name the earlier file with --predecessor",
    Action.NAME_PRINCIPAL: "say with --principal who should have signed",
    Action.NAME_PRIVATE_KEY: "name a file that ssh-keygen, openssl or certmark key new made",
    Action.NAME_PRODUCT: "name --vendor and --product",
    Action.NAME_PROGRAM: "name one with --program: {}",
    Action.NAME_ROLE: "name its own with --role, or have it made",
    Action.NAME_PUBLISHER: "name it with --site",
    Action.NAME_REVISED: "if that is meant, it is the next revision: --revise {}",
    Action.NAME_SANDBOX_PROFILE: "name one with --profile: {}",
    Action.NAME_SIGNERS: "name --key, --allowed-signers or --policy: anybody can make a key",
    Action.NAME_SIGNER_KEY: "name an RSA key with --key",
    Action.NAME_STATUS_LIST: "name the newest one with --status-list, a file or an address",
    Action.NAME_STREAM: "name a file that `stestr last --subunit` wrote",
    Action.NAME_SUBJECT: "name it with --product",
    Action.NAME_SUITE: "--tempest names a version, --wheels a folder of wheels",
    Action.NAME_SURVEY: "name the output of stestr list, of tempest run --list-tests, or a saved survey",
    Action.NAME_TEMPEST: (
        "name the path of its environment with --tempest, install it (certmark run does), "
        "or go without --tempest for the list of {}"
    ),
    Action.NAME_TESTED: "name it with --subject",
    Action.NAME_TRUST: "give one with --name",
    Action.NAME_WAIVERS: "name them (--waivers)",
    Action.NAME_WHEELS: "or give --wheels DIRECTORY",
    Action.NARROW_REMOVAL: "name --run RUN (with its log), give --since the list of --json, or say --others-too",
    Action.PUBLISH_IDENTITY: "if its operator has published one, give that with --cloud-identity, "
    "so that reports from other machines name the same cloud",
    Action.REMOVE_CREATED: "certmark cloud discover --remove-created {} removes them",
    Action.REMOVE_CREATED_FIRST: "remove that with --remove-created {}, or name another --record",
    Action.REMOVE_LEFTOVERS: "what earlier runs left is shown, and removed after a question, by: "
    "certmark cloud leftovers{cloud}{} --since ever --delete",
    Action.REMOVE_SANDBOX: "`certmark sandbox down --purge --folder {}` removes it",
    Action.RESUME: "go on with: certmark resume {}",
    Action.RESUME_FIRST: "go on with certmark resume first",
    Action.RESUME_FLEET: "go on with it (--continue {}), or name another --folder",
    Action.RESUME_LATER: "certmark resume goes on with the run",
    Action.RESUME_OR_NAME_OTHER_FOLDER: "go on with certmark resume, or name another --folder",
    Action.RESUME_SANDBOX: "`certmark sandbox up` goes on with it",
    Action.RERUN: "certmark rerun {} runs what did not pass again",
    Action.RUN_FEWER_AT_ONCE: "-j {} runs fewer at a time",
    Action.SEE_LEFTOVERS: "see them with: certmark cloud leftovers --run {}",
    Action.SEE_OUTCOMES: "certmark results show {} shows failures by cause, with their requests",
    Action.SEE_OR_REMOVE_LEFTOVERS: "see and remove them with: certmark cloud leftovers --run {}",
    Action.SHOW_ALL: "--full shows all",
    Action.SHOW_FINDINGS: "--full lists every finding, --select RULE those of one rule; "
    "--explain RULE says what it means",
    Action.SHOW_GUIDELINE: "certmark guideline show tells what",
    Action.SHOW_NOTES: "--severity note tells them",
    Action.SHOW_SANDBOX_LOG: "`certmark sandbox logs {}` shows more, and `certmark sandbox up` tries again",
    Action.SIGN_THAT_EDITION: "add your signature to it: certmark trust sign {}",
    Action.STOP_SANDBOX: "`certmark sandbox down --folder {}` ends it",
    Action.SUBMIT: "send it with: certmark submit {}",
    Action.UPLOAD_SAVED: "send it with: certmark refstack-client upload {}",
    Action.UPLOAD_STREAM: "name it with certmark refstack-client upload-subunit",
    Action.UPDATE_TRUST: "certmark trust update {} gets the newest edition",
    Action.USE_TOKEN: (
        "ask its operator for a token, and give it to certmark login --with-token; "
        "a server of your own machine asks nobody who they are"
    ),
    Action.WRITE_BASELINE: "write it again with --write-baseline",
}
"""What each action is at the command line; every member of `Action` is here (a test holds it)."""
SHOW_ALL = WORDS[Action.SHOW_ALL]
"""How a person sees a list whole that was cut."""
_EACH = {Action.GO_ON_DESPITE: "--despite {}"}
"""How each word of a subject is said, where it has several."""
_OPTIONS = {Action.MAKE_ACCOUNTS: " -j {}", Action.REMOVE_LEFTOVERS: " --accounts {}"}
"""How a subject is said that need not be there."""
_COMMANDS = frozenset(
    {Action.CHECK_ACCOUNTS, Action.SIGN_THAT_EDITION, Action.UPDATE_TRUST, Action.UPLOAD_SAVED, *_OPTIONS}
)
"""In which a subject stands as a word of a command."""


def worded(advice: Advice) -> str:
    """An advice as a person at the command line can follow it."""
    cloud = f" --os-cloud {shlex.quote(advice.cloud)}" if advice.cloud else ""
    return WORDS[advice.action].format(_subject(advice), cloud=cloud)


def _subject(advice: Advice) -> str:
    each = _EACH.get(advice.action, "")
    if each:
        return " ".join(each.format(word) for word in advice.subject.split())
    subject = shlex.quote(advice.subject) if advice.subject and advice.action in _COMMANDS else advice.subject
    return _OPTIONS[advice.action].format(subject) if subject and advice.action in _OPTIONS else subject
