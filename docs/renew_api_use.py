"""Read checkouts of clients and tools, and write anew what they call: `src/certmark/data/api-use/YYYY.MM.json`.

    python docs/renew_api_use.py 2027.05 cloud-provider-openstack=../cpo openstacksdk=../openstacksdk …

Every source of the newest record must be named, as a checkout of git whose commit is written down. In Go a call is a
function of a package of gophercloud, called by the name under which a file imports it; options, constants and
`Extract…` are none, and tests count only where the library's own acceptance tests are the source. In Python it is a
method of a proxy of openstacksdk: with its line where the cloud layer calls it, else where it is defined.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "src" / "certmark" / "data" / "api-use"
ACCEPTANCE = "internal/acceptance/openstack"
IMPORT = re.compile(
    r'(?m)^\s*(?:import\s+)?(?:(\w+)\s+)?"github\.com/gophercloud/gophercloud/(?:v\d+/)?openstack/([\w/]+)"'
)
CALL = re.compile(r"\b(\w+)\.([A-Z]\w*)\(")
NO_CALL = re.compile(r"Extract|\w*Opts\Z|New\w*Client|\w*Page\Z")


def go_calls(checkout: Path, below: str = "") -> Iterator[tuple[str, str, str]]:
    """Package, function and place of each call, in the order of the files."""
    for path in sorted((checkout / below).rglob("*.go")):
        name = path.relative_to(checkout).as_posix()
        if "/vendor/" in f"/{name}" or (not below and name.endswith("_test.go")):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        packages = {alias or package.rpartition("/")[2]: package for alias, package in IMPORT.findall(text)}
        for found in CALL.finditer(text):
            if found[1] in packages and not NO_CALL.match(found[2]):
                yield packages[found[1]], found[2], f"{name}:{text.count(chr(10), 0, found.start()) + 1}"


def python_calls(checkout: Path) -> Iterator[tuple[str, str, str]]:
    """Service, method and place: first where the cloud layer calls a proxy, then where proxies define methods."""
    proxies = sorted((checkout / "openstack").glob("*/v*/_proxy.py"))
    services = {path.parts[-3] for path in proxies}
    call = re.compile(rf"self\.({'|'.join(sorted(services))})\.(\w+)\(")
    for path in sorted((checkout / "openstack" / "cloud").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        for found in call.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield found[1], found[2], f"{path.relative_to(checkout).as_posix()}:{line}"
    for path in proxies:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield path.parts[-3], node.name, path.relative_to(checkout).as_posix()


def commit_of(checkout: Path) -> tuple[str, str]:
    """The commit of a checkout, and its day."""
    words = [shutil.which("git") or "git", "-C", str(checkout), "log", "-1", "--format=%H %cs"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)  # noqa: S603 - a checkout that was named
    commit, day = done.stdout.split()
    return commit, day


def renewed(before: dict[str, Any], checkouts: dict[str, Path]) -> dict[str, Any]:
    """The record `before`, read anew from `checkouts`."""
    missing = before["sources"].keys() - checkouts.keys()
    if missing:
        raise SystemExit(f"name a checkout of {', '.join(sorted(missing))}")
    found: dict[str, Any] = {**before, "sources": {}, "go": {}, "python": {}}
    for source, known in before["sources"].items():
        commit, day = commit_of(checkouts[source])
        found["sources"][source] = {**known, "commit": commit, "date": day}
        if known["speaks_for"] == "clients":
            for service, method, place in python_calls(checkouts[source]):
                found["python"].setdefault(service, {}).setdefault(method, place)
        else:
            below = ACCEPTANCE if known["speaks_for"] == "breadth" else ""
            for package, function, place in go_calls(checkouts[source], below):
                found["go"].setdefault(package, {}).setdefault(function, {}).setdefault(source, place)
    found["date"] = max(one["date"] for one in found["sources"].values())
    for kind in ("go", "python"):
        found[kind] = {key: dict(sorted(found[kind][key].items())) for key in sorted(found[kind])}
    return found


def main(month: str, *words: str) -> None:
    """Write the record of `month`."""
    newest = max(FOLDER.glob("20*.json"))
    checkouts = {source: Path(path) for source, _, path in (word.partition("=") for word in words)}
    document = renewed(json.loads(newest.read_bytes()), checkouts)
    (FOLDER / f"{month}.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
