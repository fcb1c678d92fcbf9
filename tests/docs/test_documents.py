"""The documents: what their console blocks promise is what happens, their links lead somewhere.

A fenced `console` block is a list of commands (`$ command`, run in a shell, in a folder that holds the
checkout's `examples`) and what they print on either stream. `...` stands for anything: alone on a line for
any number of lines, inside a line for any part of it. `# exit status N` after the output names the
status, which is 0 otherwise. Files that a block writes are there for later blocks of the document;
a block before the words "With that in `NAME`" is put into that file. Other kinds of
blocks are for reading.

A command that serves goes on after it has said what it is promised to say (its log aside), until a line `^C` or the
end of the document; then it ends with 0. An address of loopback stands for one at a free port, `RUN` for the run
that was named last, `./dev` for that of the checkout, already set up. A document that uses `guidelines/` speaks of the upstream guidelines, which are not part of the
checkout: it runs where they lie beside it, and is skipped elsewhere.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from certmark.cli.exits import Exit
from support.loopback import free_port
from support.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")})
_STATUS = re.compile(r"# exit status (\d+)\Z")
_SERVES = re.compile(r"(\./dev|certmark-server) serve\b")
_LOOPBACK = re.compile(r"127\.0\.0\.1:\d+")
_LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)\s]+)\)")


def names(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


class Block(NamedTuple):
    """A fenced block."""

    kind: str
    line: int
    """The number of its first line inside the fence."""
    lines: tuple[str, ...]


class Step(NamedTuple):
    """A command and what it promises."""

    line: int
    command: str
    output: str
    status: int


def blocks_of(text: str) -> Iterator[Block]:
    kind, begun, lines = None, 0, []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("```"):
            lines.append(line)
        elif kind is None:
            kind, begun, lines = line[3:], number + 1, []
        else:
            yield Block(kind, begun, tuple(lines))
            kind = None


def prose_of(text: str) -> Iterator[tuple[int, str]]:
    """Numbered lines outside of blocks and tables, without inline code."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced and not line.startswith("|"):
            yield number, re.sub(r"`[^`]*`", "``", line)


def steps_of(block: Block) -> Iterator[Step]:
    command, begun, status, output = "", 0, 0, list[str]()
    for number, line in enumerate(block.lines, block.line):
        if line.startswith("$ "):
            if command:
                yield Step(begun, command, "\n".join(output), status)
            command, begun, status, output = line[2:], number, 0, []
        elif found := _STATUS.match(line):
            status = int(found[1])
        else:
            output.append(line)
    yield Step(begun, command, "\n".join(output), status)


def matches(expected: str, actual: str) -> bool:
    """Whether `actual` is `expected`, where `...` stands for anything."""
    lines = []
    for line in expected.splitlines():
        parts = (re.escape(part) for part in line.split("..."))
        lines.append(r"(?:.*\n)*?" if line == "..." else ".*?".join(parts) + r"[ \t]*\n")
    return re.fullmatch("".join(lines), actual + ("" if actual.endswith("\n") or not actual else "\n")) is not None


DEV = f"""#!{sys.executable}
import sys
from pathlib import Path
scope = {{"__name__": "dev", "__file__": __file__}}
exec(compile(Path({str(ROOT / "dev")!r}).read_text(), "dev", "exec"), scope)
scope.update(set_up=lambda kind: None, BIN=Path(sys.executable).parent)
sys.exit(scope["main"](sys.argv[1:]))
"""


class Shell:
    """Somebody's terminals, in a folder like the checkout, into which commands may write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._addresses: dict[str, str] = {}
        self._run = "RUN"
        self._serving: subprocess.Popen[bytes] | None = None
        (folder / "examples").symlink_to(ROOT / "examples")
        (folder / "dev").write_text(DEV, encoding="utf-8")
        (folder / "dev").chmod(0o755)

    def write(self, name: str, content: str) -> None:
        """A file that the reader was told to write."""
        (self.folder / name).write_text(self._typed(content), encoding="utf-8")

    def run(self, step: Step) -> tuple[str, int]:
        """What a command prints, and its status."""
        if _SERVES.match(step.command):
            return self._serve(step)
        with self._begun(step.command, subprocess.PIPE) as process:
            try:
                output = process.communicate(timeout=PATIENCE)[0].decode()
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        return self._said(output), process.returncode

    def _serve(self, step: Step) -> tuple[str, int]:
        promised, interrupt, _ = step.output.partition("^C")
        printed = self.folder / "printed"
        with printed.open("wb") as stream:
            self._serving = self._begun(
                f"exec {step.command}", stream, CERTMARK_SERVER_LISTEN=self._typed("127.0.0.1:8300")
            )
        until = time.monotonic() + PATIENCE
        while True:
            lines = printed.read_text(encoding="utf-8").splitlines(keepends=True)
            output = self._said("".join(line for line in lines if not line.startswith('{"time"')))
            if matches(promised, output) or self._serving.poll() is not None or time.monotonic() > until:
                break
            time.sleep(0.05)
        return (f"{output}^C\n", self.end()) if interrupt else (output, self._serving.poll() or 0)

    def end(self) -> int:
        """Ctrl-C for what serves; its status."""
        if self._serving is None:
            return 0
        serving, self._serving = self._serving, None
        os.killpg(serving.pid, signal.SIGINT)
        try:
            return serving.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(serving.pid, signal.SIGKILL)
            raise

    def _begun(self, command: str, output: Any, **more: str) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONUNBUFFERED": "1",  # both streams in the order in which they were written
            "NO_COLOR": "1",
            "COLUMNS": "120",
            **more,
        }
        return subprocess.Popen(
            ["/bin/sh", "-c", self._typed(command)],
            cwd=self.folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _typed(self, text: str) -> str:
        for address in _LOOPBACK.findall(text):
            if address not in self._addresses:
                self._addresses[address] = f"127.0.0.1:{free_port()}"
        return re.sub(r"\bRUN\b", self._run, _LOOPBACK.sub(lambda found: self._addresses[found[0]], text))

    def _said(self, text: str) -> str:
        for written, real in self._addresses.items():
            text = text.replace(real, written)
        self._run = (re.findall(r"^run ([0-9a-f-]{36})$", text, re.MULTILINE) or [self._run])[-1]
        return text


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """It ends what it still runs."""
    shell = Shell(tmp_path)
    yield shell
    assert shell.end() == 0


def written_files(text: str) -> Iterator[tuple[str, str]]:
    """Blocks that a later sentence puts into a file: "With that in `waivers.yaml`:"."""
    last = ""
    blocks = {block.line - 1: block for block in blocks_of(text)}
    for number, line in enumerate(text.splitlines(), 1):
        if number in blocks:
            last = "\n".join(blocks[number].lines) + "\n"
        elif found := re.search(r"[Ww]ith that in `([\w.]+)`", line):
            yield found[1], last


@pytest.mark.enable_socket  # asks for free ports
@pytest.mark.parametrize("path", DOCUMENTS, ids=names)
def test_what_a_console_block_shows_is_what_happens(path: Path, shell: Shell, request: pytest.FixtureRequest) -> None:
    text = path.read_text(encoding="utf-8")
    if re.search(r"(?m)^\$ .*\bguidelines/", text):
        (shell.folder / "guidelines").symlink_to(request.getfixturevalue("shared") / "guidelines")
    for name, content in written_files(text):
        shell.write(name, content)
    for block in blocks_of(text):
        for step in steps_of(block) if block.kind == "console" else ():
            output, status = shell.run(step)
            shown = f"{names(path)}:{step.line}: $ {step.command}\n{output}\n# exit status {status}"
            assert "Traceback (most recent call last)" not in output, shown
            assert status == step.status, shown
            assert matches(step.output, output), f"{shown}\n--- promised:\n{step.output}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=names)
def test_every_link_leads_to_a_file_and_a_heading(path: Path) -> None:
    for number, line in prose_of(path.read_text(encoding="utf-8")):
        for target in _LINK.findall(line):
            file, _, heading = target.partition("#")
            found = path.parent / file if file else path
            assert found.exists(), f"{names(path)}:{number}: {target}"
            if heading:
                assert heading in anchors(found.read_text(encoding="utf-8")), f"{names(path)}:{number}: {target}"


def anchors(text: str) -> set[str]:
    """The names of headings, as code hosts make them."""
    headings = (line.lstrip("# ") for _, line in prose_of(text) if line.startswith("#"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=names)
def test_each_line_holds_one_sentence(path: Path) -> None:
    page = path.read_text(encoding="utf-8").partition("<!-- What follows is generated")[0]
    if "This page is generated" in page:
        return  # from --help and the like, where a terminal's width decides
    for number, line in prose_of(page):
        text = re.sub(r"^\s*(?:[-*:]|\d+\.)\s+", "", line)
        assert not re.search(r"[.!?]\s+[A-Z`\[]", text), f"{names(path)}:{number}: {line}"


def test_the_page_on_exit_status_lists_every_status() -> None:
    page = (ROOT / "docs" / "reference" / "exit-status.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (\d+) ", page, re.MULTILINE) == [str(status.value) for status in Exit]


def test_the_glossary_is_in_order_and_says_each_word_once() -> None:
    words = re.findall(r"^- \*\*(.+?)\*\*: ", (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert words == sorted(set(words))


def test_every_decision_says_what_was_chosen_what_else_there_was_and_why() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]}: "), path.name
        assert "## What we chose" in text, path.name
        assert "## What else there was" in text, path.name


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("", "", True),
        ("a", "a\n", True),
        ("a", "", False),
        ("...", "", True),
        ("...", "a\nb\n", True),
        ("a\n...\nd", "a\nb\nc\nd\n", True),
        ("a\n...\nd", "a\nb\nc\n", False),
        ("a ... c", "a b c\n", True),
        ("a ... c", "a b\nc\n", False),
        ("(a)", "a\n", False),
    ],
)
def test_three_dots_stand_for_anything(expected: str, actual: str, same: bool) -> None:
    assert matches(expected, actual) is same
