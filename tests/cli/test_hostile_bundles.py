"""Nothing that came with a bundle steers the terminal of whoever looks at it, whatever field it stands in."""

from __future__ import annotations

import copy
import json
import os
import pty
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.console import Console
from certmark.cli.main import main
from certmark.evidence.bundle import write_bundle
from certmark.trust.keys.files import new_key
from certmark.trust.keys.keys import Algorithm
from support.recorded_run import record_run
from support.resealing import Members, packed, resealed, unpacked

HOSTILE = "x\x1b]0;pwned\x07\x1b[2J\x9b8m\u202e\u200b\r\nPASS; 400 of 400 required capabilities passed.\x7f"
STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
DOCUMENTS = ("manifest.json", "report.json", "versions.json")
VERBS: tuple[list[str], ...] = (["bundle", "show"], ["bundle", "verify"], ["replay"], ["results", "show"])


def texts_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all texts in a document."""
    if isinstance(value, str):
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from texts_in(item, (*path, key))


def with_text(document: Any, path: tuple[Any, ...], text: str) -> bytes:
    changed = copy.deepcopy(document)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] += text
    return json.dumps(changed).encode()


def forgeries(members: Members) -> Iterator[tuple[str, Members]]:
    """The bundle with a hostile text in each field of each document, one after the other, and in all of its others."""
    for name in DOCUMENTS:
        document = json.loads(members[name])
        seen = set()
        for path in texts_in(document):
            kind = tuple("*" if isinstance(key, int) else key for key in path)
            if kind not in seen:  # one entry of a list stands for all
                seen.add(kind)
                yield f"{name} {kind}", {**members, name: with_text(document, path, HOSTILE)}
    lines = [json.loads(line) for line in members["journal.jsonl"].splitlines() if line.endswith(b"}")]
    for number, line in enumerate(lines):
        for path in texts_in(line):
            changed = [json.dumps(one).encode() for one in lines]
            changed[number] = with_text(line, path, HOSTILE)
            yield f"journal {number} {path}", {**members, "journal.jsonl": b"\n".join(changed) + b"\n"}
    yield "guideline", {**members, "guideline/list.txt": members["guideline/list.txt"] + f"a.C.d{HOSTILE}\n".encode()}


@pytest.fixture
def members(tmp_path: Path) -> Members:
    return unpacked(str(write_bundle(record_run(tmp_path / "run"))))


@pytest.mark.thorough
@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_no_field_of_a_bundle_reaches_a_terminal_unescaped(
    members: Members, verb: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack: Callable[[Members, Path], str]
    for place, forged in forgeries(members):
        for pack in (packed, resealed) if not place.startswith("manifest") else (packed,):
            main([*verb, pack(forged, tmp_path / "b.tar.gz")])
            said = capsys.readouterr()
            assert not STEERING.search(said.out + said.err), f"{place}: {said.out!r} {said.err!r}"
            forged_lines = [line for line in (said.out + said.err).splitlines() if line.startswith("PASS; 400")]
            assert not forged_lines, place


def test_what_a_verb_writes_itself_is_escaped_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        Console().data(f"a\tb{HOSTILE}")
        Console().data_bytes(b"{}\x9b\x1b[2J\n")
        terminal.flush()
        shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e\u200b]", shown)
    assert shown.startswith("a\tbx\\x1b]0;pwned")


def test_no_field_of_waivers_or_of_a_key_reaches_a_terminal_unescaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.txt").write_text("a.B.c\n", encoding="utf-8")
    (tmp_path / "run.xml").write_text("<testsuite><testcase classname='a.B' name='c'><failure/></testcase></testsuite>")
    waiver = {"test": "a.B.c", "reason": "bug", "granted-by": "office", "expires": "2099-12-31", "link": "http://h/"}
    document = {"product": "Acme", "waivers": [waiver]}
    key = new_key(Algorithm.ED25519, HOSTILE.replace("\n", " ").replace("\r", " "))
    (tmp_path / "key.pub").write_text(f"{key.public.line}\n", encoding="utf-8")
    for path in texts_in(document):
        (tmp_path / "waivers.json").write_bytes(with_text(document, path, HOSTILE))
        judged = ["judge", str(tmp_path / "run.xml"), "-g", str(tmp_path / "list.txt"), "--waivers"]
        for words in (["waivers", "show"], judged):
            main([*words, str(tmp_path / "waivers.json")])
            said = capsys.readouterr()
            assert not STEERING.search(said.out + said.err), f"{path}: {said.out!r} {said.err!r}"
    main(["key", "show", str(tmp_path / "key.pub")])
    said = capsys.readouterr()
    assert not STEERING.search(said.out + said.err), said
