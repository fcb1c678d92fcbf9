"""Python environments for suites: made whole or not at all, and kept by what was asked for.

An environment is made in a folder beside its place and renamed into it as the last step, so a
stopped installation leaves nothing that could be taken for a suite. Two makers at once do no
harm: the second one throws its own away.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from certmark.domain.advice import Action, Advice
from certmark.domain.errors import CannotProceed
from certmark.package_index import why_no_index

RECORD = "made.json"
"""Written last inside an environment: what was asked for, and what is installed."""
_PIP_SECONDS = 1800
"""A slow mirror takes minutes; half an hour is an accident."""
_VENV_SECONDS = 300
_MAKING = b"/.making-"
_HEAD = 64 << 10
"""Bytes of a script in which paths are looked for."""


class SuiteError(CannotProceed):
    """The suite cannot be used here; the message says what to do. Exit status 5."""


class InstallProgress(NamedTuple):
    """What happens while a suite is made ready, for a person."""

    stage: str
    """`reuse`, `create`, `install`, `ready` or `list`."""
    sentence: str
    seconds: float = 0.0
    """How long this step took; 0 where it has just begun."""

    def as_json(self) -> dict[str, object]:
        """As an event line."""
        return {"event": "suite-progress", **self._asdict()}


PRIVATE = 0o077
"""The umask for what a suite writes: there may be secrets in it (Tempest's log has every password)."""
OnEvent = Callable[[InstallProgress], None]


class WantedEnvironment(NamedTuple):
    """What is asked for."""

    label: str
    """Begins the folder's name: `tempest-47.0.0`."""
    requirements: tuple[str, ...]
    """As pip takes them; a path of a source tree or wheel is one, too."""
    constraints: Path | str | None
    """A file, or a URL that pip fetches."""


class Environment(NamedTuple):
    """A Python environment of its own."""

    folder: Path
    python: Path
    versions: Mapping[str, str]
    """Every distribution installed there, by its name in lower case."""


def make(wanted: WantedEnvironment, *, cache: Path, wheels: Path | None, on_event: OnEvent) -> Environment:
    """The environment that `wanted` describes, from `cache` where it is there already.

    `wheels` is a folder of wheels to install from instead of an index. Raises SuiteError.
    """
    place = cache / f"{wanted.label}-{_key(wanted)}"
    found = _find_kept(place)
    if found is not None:
        _mend_scripts(place)
        on_event(InstallProgress("reuse", f"{wanted.label} is installed already"))
        return found
    try:
        return _make_anew(wanted, place, wheels, on_event)
    except OSError as error:
        raise SuiteError(
            f"{wanted.label} cannot be installed in {cache}: {error.strerror or error}; "
            "make room there, or name another place with CERTMARK_CACHE"
        ) from error


def existing(python: Path) -> Environment:
    """The environment of an interpreter that the person names; nothing is installed. Raises SuiteError."""
    return Environment(python.parent.parent, python, _versions(python))


def run(
    command: Sequence[str],
    *,
    seconds: float,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    umask: int = -1,
) -> str:
    """Standard output and error of `command`; raises SuiteError with its last words where it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - the suite's own interpreter or command, with arguments of ours
            command, capture_output=True, text=True, errors="replace", timeout=seconds, check=False, env=env, cwd=cwd,
            stdin=subprocess.DEVNULL, umask=umask,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise SuiteError(f"{_short_command(command)} did not end within {seconds:.0f} s; try again") from error
    except OSError as error:
        raise SuiteError(f"{_short_command(command)} cannot be started: {error.strerror or error}") from error
    if done.returncode:
        raise Failed(command, done.returncode, done.stdout + done.stderr)
    return done.stdout


class Failed(SuiteError):
    """A command that a suite needs ended with a failure."""

    def __init__(self, command: Sequence[str], status: int, output: str) -> None:
        self.output = output
        self.status = status
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        last = lines[-1][:300] if lines else "it said nothing"
        super().__init__(f"{_short_command(command)} failed with status {status}: {last}")


def _short_command(command: Sequence[str]) -> str:
    words = [Path(command[0]).name, *command[1:3]]
    return " ".join(words)


def _key(wanted: WantedEnvironment) -> str:
    """The digest of all that decides what gets installed."""
    digest = hashlib.sha256()
    digest.update(json.dumps([sys.version, platform.machine(), *wanted.requirements]).encode())
    for requirement in wanted.requirements:
        if Path(requirement).is_dir():
            digest.update(_tree(Path(requirement)).encode())
        elif Path(requirement).is_file():
            digest.update(Path(requirement).read_bytes())
    if isinstance(wanted.constraints, Path):
        digest.update(wanted.constraints.read_bytes())
    else:
        digest.update(repr(wanted.constraints).encode())
    return digest.hexdigest()[:12]


def _tree(folder: Path) -> str:
    """What a source tree looks like now: names, sizes and times, without what version control keeps."""
    found = []
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__pycache__")
        for name in sorted(files):
            status = Path(root, name).stat()
            found.append(f"{Path(root).relative_to(folder)}/{name} {status.st_size} {status.st_mtime_ns}")
    return "\n".join(found)


def _find_kept(place: Path) -> Environment | None:
    try:
        record = json.loads((place / RECORD).read_bytes())
        versions = {str(name): str(version) for name, version in record["versions"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    python = place / "bin" / "python"
    # The interpreter that it was made from may have been removed since: then its link leads nowhere.
    return Environment(place, python, versions) if python.exists() else None


def _make_anew(wanted: WantedEnvironment, place: Path, wheels: Path | None, on_event: OnEvent) -> Environment:
    place.parent.mkdir(parents=True, exist_ok=True)
    _sweep(place.parent)
    draft = place.parent / f".making-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        versions = _filled(wanted, draft, wheels, on_event)
        _publish(draft, place)
        _mend_scripts(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Environment(place, place / "bin" / "python", versions)


def _filled(wanted: WantedEnvironment, draft: Path, wheels: Path | None, on_event: OnEvent) -> Mapping[str, str]:
    began = time.monotonic()
    on_event(InstallProgress("create", f"making an environment for {wanted.label}"))
    pip = _bundled_pip()
    run([sys.executable, "-m", "venv", *(["--without-pip"] if pip else []), str(draft)], seconds=_VENV_SECONDS)
    on_event(InstallProgress("install", f"installing {', '.join(Path(name).name for name in wanted.requirements)}"))
    python = draft / "bin" / "python"
    words = [str(python), *([pip] if pip else ["-m", "pip"])]
    if wheels is None:
        _demand_index(words, wanted)
    try:
        run([*words, *_arguments(wanted, wheels)], seconds=_PIP_SECONDS)
    except Failed as error:
        raise why_not_installed(error.output, wanted, wheels) from error
    versions = _versions(python)
    record = {"requirements": wanted.requirements, "constraints": str(wanted.constraints), "versions": versions}
    (draft / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
    took = time.monotonic() - began
    on_event(
        InstallProgress("ready", f"{wanted.label} is installed ({len(versions)} distributions, {took:.0f} s)", took)
    )
    return versions


def download(wanted: WantedEnvironment, folder: Path, on_event: OnEvent) -> None:
    """All that `wanted` needs as wheels in `folder`, for machines like this one. Raises SuiteError or OSError."""
    pip = _bundled_pip()
    words = [sys.executable, *([pip] if pip else ["-m", "pip"])]
    _demand_index(words, wanted)
    folder.mkdir(parents=True, exist_ok=True)
    on_event(InstallProgress("install", f"downloading {wanted.label} and what it needs into {folder}"))
    arguments = [
        "--disable-pip-version-check",
        "--no-input",
        "wheel",
        "--progress-bar",
        "off",
        "--wheel-dir",
        str(folder),
    ]
    if wanted.constraints is not None:
        arguments += ["--constraint", str(wanted.constraints)]
    try:
        run([*words, *arguments, *wanted.requirements], seconds=_PIP_SECONDS)
    except Failed as error:
        raise why_not_installed(error.output, wanted, None) from error


def _demand_index(pip: Sequence[str], wanted: WantedEnvironment) -> None:
    """Raises SuiteError where no index can be reached: pip would try for minutes. Files need none."""
    if all(Path(requirement).exists() for requirement in wanted.requirements):
        return
    why = why_no_index(pip)
    if why is not None:
        raise SuiteError(f"{wanted.label} cannot be installed: {why}", _WHEELS)


def _bundled_pip() -> str | None:
    """The pip that came with this Python, run out of its wheel: to install it first would take as long as the suite.

    None where a distribution has taken it out; then `venv` must find one itself.
    """
    import ensurepip

    wheels = sorted((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"))
    return f"{wheels[-1]}/pip" if wheels else None


def _arguments(wanted: WantedEnvironment, wheels: Path | None) -> list[str]:
    words = ["--disable-pip-version-check", "--no-input", "install", "--progress-bar", "off"]
    # What is imported gets compiled when it is; most of what is installed never is.
    words += ["--no-compile", "--retries", "2", "--timeout", "15"]
    if wheels is not None:
        words += ["--no-index", "--find-links", str(wheels.absolute())]
    if wanted.constraints is not None:
        words += ["--constraint", str(wanted.constraints)]
    return [*words, *wanted.requirements]


def _publish(draft: Path, place: Path) -> None:
    if place.exists() and _find_kept(place) is None:
        shutil.rmtree(place, ignore_errors=True)
    try:
        draft.rename(place)
    except OSError:
        # Somebody else was quicker and made the same.
        if _find_kept(place) is None:
            raise


def _mend_scripts(place: Path) -> None:
    """Scripts name the interpreter of the folder in which they were made; they are for people, a run needs none."""
    for path in (place / "bin").iterdir():
        with contextlib.suppress(OSError):
            if path.is_symlink() or _MAKING not in (head := path.read_bytes()[:_HEAD]):
                continue
            mended = re.sub(rb"[^\s'\"=:!]*" + _MAKING + rb"\d+-[0-9a-f]+", os.fsencode(place), head)
            draft = path.with_name(f".{path.name}.{os.getpid()}")
            draft.write_bytes(mended + path.read_bytes()[_HEAD:])
            shutil.copymode(path, draft)
            draft.replace(path)


def _sweep(cache: Path) -> None:
    """Remove what makers left that are no more."""
    for folder in cache.glob(".making-*"):
        words = folder.name.split("-")
        if len(words) == 3 and words[1].isdigit() and not _alive(int(words[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


_VERSIONS = (
    "import importlib.metadata as m, json; "
    "print(json.dumps({d.metadata['Name'].lower(): d.version for d in m.distributions() if d.metadata['Name']}))"
)


def _versions(python: Path) -> Mapping[str, str]:
    found = json.loads(run([str(python), "-I", "-c", _VERSIONS], seconds=60))
    return dict(sorted(found.items()))


_OTHER_VERSION = Advice(Action.NAME_OTHER_SUITE_VERSION)
_WHEELS = Advice(Action.NAME_WHEELS)
_CAUSES: tuple[tuple[str, str, Advice | None], ...] = (
    (r"No space left on device", "the disk is full; make room in the cache folder, or set CERTMARK_CACHE", None),
    (r"ERROR: Could not open requirements file|HTTPError: 404.*constraints|Could not install.*constraints",
     "the constraints of that release cannot be fetched (check the network)", _OTHER_VERSION),
    (r"requires a different Python|Ignored the following versions that require a different python",
     f"no version of it runs on Python {platform.python_version()}", _OTHER_VERSION),
    (r"conflicting dependencies|ResolutionImpossible",
     "what it needs contradicts the constraints; take its own release's", None),
    (r"Temporary failure in name resolution|Name or service not known|nodename nor servname|Failed to resolve",
     "the package index's name does not resolve; check the network or proxy", _WHEELS),
    (r"Failed to establish|Connection (?:refused|reset)|ProxyError|unreachable|[Tt]imed out|Timeout|SSLError",
     "the package index does not answer; check the network or proxy", _WHEELS),
    (r"is not a trusted or secure host", "pip does not trust a package index over http; mend pip's settings", None),
    (r"subprocess-exited-with-error|Failed building wheel|error: command .* failed",
     "a package without a wheel could not be built here; take a newer version of the suite", _WHEELS),
)  # fmt: skip
"""What pip prints, what it means, and what may be done that is said differently elsewhere."""


def why_not_installed(output: str, wanted: WantedEnvironment, wheels: Path | None) -> SuiteError:
    """One sentence for what pip printed, with advice."""
    for pattern, cause, advice in _CAUSES:
        if re.search(pattern, output):
            return SuiteError(f"{wanted.label} cannot be installed: {cause}", advice)
    missing = re.search(r"No matching distribution found for (\S+)", output)
    if missing is not None:
        where = f"in {wheels.name}" if wheels is not None else "at the package index"
        return SuiteError(f"{wanted.label} cannot be installed: there is no {missing[1]} {where}; check the version")
    errors = [line for line in output.splitlines() if line.startswith("ERROR: ")]
    last = errors[0].removeprefix("ERROR: ")[:300] if errors else "pip said nothing that helps"
    return SuiteError(f"{wanted.label} cannot be installed: {last}")
