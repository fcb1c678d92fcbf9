"""The bare install, alone: run with the interpreter of an environment that has only the package.

No pytest here: `./dev check` starts it with `python -I tests/bare_install.py` in a fresh environment.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
RUN = str(ROOT / "examples" / "object-storage-pass.subunit")
UNWANTED = (
    "sqlalchemy",
    "starlette",
    "uvicorn",
    "msgspec",
    "tempest",
    "subunit",
    "testtools",
    "stestr",
    "pytest",
    "jsonschema",
)


def main() -> None:
    """Judge the example, write every report, find nothing installed that has no business there."""
    found = [name for name in UNWANTED if importlib.util.find_spec(name)]
    assert not found, f"the bare install brought {found}"
    for words in (["--version"], ["judge", "--help"], ["guideline", "list"], ["results", "show", RUN]):
        run(*words)
    reports = [word for ending in ("txt", "json", "xml", "html", "md") for word in ("-o", f"report.{ending}")]
    text = run("judge", RUN, "--program", "object", *reports)
    assert "pass" in text.lower(), text
    run("judge", "report.json", "--program", "object", "--quiet")
    # Sending needs no more than that; being sent to does, and says what.
    run("submit", RUN, "--program", "object", "--server", "http://127.0.0.1:8300", "--dry-run")
    serve = subprocess.run([str(BIN / "certmark-server"), "serve"], capture_output=True, text=True, check=False)
    assert serve.returncode == 5, serve
    assert "certmark[server]" in serve.stderr, serve
    print("the bare install works")  # noqa: T201 - for the person who runs it


def run(*words: str) -> str:
    """Run `certmark` and give its output; stop if it fails."""
    command = [str(BIN / "certmark"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
