"""What is answered where no verb is named: the verbs by what people do, help on one, the version, what was meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.parser import window_width
from certmark.version import __version__

if TYPE_CHECKING:
    from certmark.cli.verbs import Verb

_START = ("demo", "judge", "cloud doctor", "run")
"""With what people begin."""
GROUPS = {
    "run tests": (
        "run", "resume", "rerun", "runner", "runs", "runs show", "runs remove", "suite fetch",
        "refstack-client test", "refstack-client upload", "refstack-client upload-subunit", "refstack-client list",
        "refstack-client sign", "refstack-client config",
    ),
    "a server": (
        "login", "logout", "submit", "remote list", "remote show", "remote get", "remote verify", "remote query",
        "remote delete",
    ),
    "results": (
        "judge", "replay", "results show", "results diff", "results convert", "remote results", "remote diff",
    ),
    "the cloud": (
        "cloud doctor", "cloud discover", "cloud leftovers",
        "cloud accounts make", "cloud accounts check", "cloud accounts delete",
    ),
    "evidence": (
        "bundle make", "bundle show", "bundle verify", "bundle preview", "bundle accept", "bundle reveal",
    ),
    "signatures": ("sign", "verify", "key new", "key show", "key list", "waivers sign", "waivers show"),
    "trust": (
        "trust add", "trust update", "trust list", "trust show", "trust remove", "trust new", "trust sign",
        "trust revoke",
    ),
    "logs": ("log new", "log append", "log checkpoint", "log prove", "log audit", "log witness", "remote log"),
    "guidelines": (
        "guideline list", "guideline show", "guideline tests", "guideline lint", "guideline diff",
        "guideline brief", "guideline impact", "guideline checklist", "guideline coverage", "guideline score",
        "guideline score new", "guideline score agree", "guideline render",
        "guideline publish", "guideline fetch", "guideline verify",
        "guideline new", "guideline from-list", "guideline convert", "guideline import-history",
        "guideline next", "guideline approve", "guideline supersede",
        "guideline flag", "guideline unflag", "guideline promote", "guideline demote", "guideline deprecate",
        "guideline remove", "guideline add", "guideline rename", "guideline section",
    ),
    "to try": ("demo", "sandbox up", "sandbox down", "sandbox status", "sandbox env", "sandbox logs", "completion"),
}  # fmt: skip
"""The verbs by what people do; each is in at least one (a test holds it)."""
_HELP, _VERSION = ("-h", "--help"), ("version", "-V", "--version")
OTHER_WORDS = ("help", "version")
"""Words in the place of a verb that have no module of their own."""


def answer(words: Sequence[str], verbs: Mapping[str, Verb], console: Console) -> int:
    """Answer words that do not begin with a verb."""
    if not words:
        console.refuse_lines(overview(verbs))
        return Exit.USAGE
    if words[0] in _VERSION:
        console.data("\n".join(_made_of()))
        return Exit.OK
    if words[0] == "help" and len(words) > 1 and words[1] not in OTHER_WORDS:
        words = [*words[1:], "--help"]
    if words[0] in (*_HELP, "help"):
        console.data(overview(verbs))
        return Exit.OK
    group = _group_of(words, verbs)
    rest = words[len(group.split()) :]
    if group and not rest:
        console.refuse_lines(_verbs_of(group, verbs))
        return Exit.USAGE
    if group and rest[0] in _HELP:
        console.data(_verbs_of(group, verbs))
        return Exit.OK
    console.refuse(_no_such_verb(group, rest[0], verbs))
    return Exit.USAGE


def _made_of() -> list[str]:
    """The version, and what it is made of here: for a report of a fault, and for whoever compares two machines."""
    import platform
    import re
    from importlib.metadata import PackageNotFoundError, requires, version

    lines = [
        f"certmark {__version__}",
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} {platform.machine()}",
    ]
    found: dict[str, list[str]] = {}
    lacking = set()
    try:
        needed = requires("certmark") or []
    except PackageNotFoundError:  # run from a folder, without an installation
        return lines
    for one in needed:
        name = re.split(r"[^\w.-]", one, maxsplit=1)[0]
        extra = (re.findall(r"extra == ['\"]([\w-]+)", one) or [""])[0]
        try:
            found.setdefault(extra, []).append(f"{name} {version(name)}")
        except PackageNotFoundError:
            lacking.add(extra)
    lines.append("with " + ", ".join(found.pop("", [])))
    return lines + [f"{extra}: {', '.join(names)}" for extra, names in found.items() if extra not in lacking]


def overview(verbs: Mapping[str, Verb]) -> str:
    """Where to start, then every verb by what people do with it."""
    wide = max(map(len, _START))
    lines = ["usage: certmark [--os-cloud NAME] VERB ...", "start here"]
    lines += [f"  {name:<{wide}}  {verbs[name].summary}" for name in _START]
    lines += ["", "all verbs"]
    wide = max(map(len, GROUPS))
    for title, names in GROUPS.items():
        known = [name for name in names if name in verbs]
        if known:
            lines += _filled(f"  {title:<{wide}}  ", ", ".join(_joined(known)))
    lines += [
        "",
        "certmark help VERB or VERB --help say more; certmark help GROUP lists its verbs",
    ]
    return "\n".join(lines)


def _joined(names: Sequence[str]) -> list[str]:
    """Verbs of one family as one entry: `results show|diff|convert`."""
    families: dict[str, list[str]] = {}
    for name in names:
        family, _, last = name.rpartition(" ")
        families.setdefault(family, []).append(last)
    return [
        entry for family, lasts in families.items() for entry in ([f"{family} {'|'.join(lasts)}"] if family else lasts)
    ]


def _filled(head: str, text: str) -> list[str]:
    """Lines that end between words, or behind a bar between two verbs."""
    import re
    import textwrap  # help is asked for seldom

    width, blank = window_width() - 1, " " * len(head)
    wrapper = textwrap.TextWrapper(width, initial_indent=head, subsequent_indent=blank, break_on_hyphens=False)
    wrapper.wordsep_simple_re = re.compile(r"(\s+)|(?<=\|)")
    return wrapper.wrap(text)


def _group_of(words: Sequence[str], verbs: Mapping[str, Verb]) -> str:
    """The longest beginning of `words` that is the family of some verb; empty: none is."""
    for length in range(len(words), 0, -1):
        group = " ".join(words[:length])
        if any(name.startswith(f"{group} ") for name in verbs):
            return group
    return ""


def _verbs_of(group: str, verbs: Mapping[str, Verb]) -> str:
    found = {name: verb.summary for name, verb in verbs.items() if f"{name} ".startswith(f"{group} ")}
    wide = max(map(len, found))
    lines = [f"usage: certmark {group} VERB ...", "", "verbs"]
    for name, summary in found.items():
        lines += _filled(f"  {name:<{wide}}  ", summary)
    return "\n".join([*lines, "", "Every verb has --help."])


def _no_such_verb(group: str, word: str, verbs: Mapping[str, Verb]) -> str:
    from certmark.domain.suggestions import did_you_mean

    if word.startswith("-"):
        return f"there is no option {word!r} before a verb; see certmark --help"
    begin = f"{group} " if group else ""
    at = len(begin.split())
    known = [name.split()[at] for name in verbs if name.startswith(begin) and len(name.split()) > at]
    families = [name for name in verbs if not group and name.split()[-1] == word]
    meant = did_you_mean(word, [*known, *(() if group else OTHER_WORDS)])
    if not meant and families:
        meant = f" (did you mean {families[0]}?)"
    where = f"certmark {group}".strip()
    return f"there is no verb {begin + word!r}{meant}; see {where} --help"
