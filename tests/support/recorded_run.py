"""A run's folder as `certmark run` leaves it, made without a cloud."""

from __future__ import annotations

import io
import json
from pathlib import Path

from certmark.domain.results import Outcome, Results
from certmark.domain.verdicts import judge
from certmark.evidence.results import read_evidence
from certmark.formats.guideline.reading import read
from certmark.formats.results.subunit import write_v2
from support.build import TODAY, U1, U2, attempt
from support.rendering import rendered

RUN = "20261121-203000-here-00ff"
PASSWORD = "s3cret-of-the-cloud"
NAMES = (f"a.First.test[id-{U1}]", f"a.Second.test[id-{U2}]")


def record_run(folder: Path, *, stream: bytes | None = None, options: str = "", accounts: str = "") -> Path:
    """The folder of a run of two classes that passed, with its report; `stream` in the place of its results.

    `options` are further lines of its tempest.conf, `accounts` its accounts.yaml.
    """
    for name in ("streams", "suite", "guideline"):
        (folder / name).mkdir(parents=True)
    (folder / "streams" / "w0-a1.subunit").write_bytes(stream or _stream())
    guideline = "".join(f"{name}\n" for name in NAMES).encode()
    (folder / "guideline" / "list.txt").write_bytes(guideline)
    (folder / "suite" / "tests.txt").write_bytes(guideline)
    (folder / "suite" / "tempest.conf").write_text(
        f"[auth]\nadmin_password = {PASSWORD}\n[oslo_concurrency]\nlock_path = {folder}/suite/locks\n{options}",
        encoding="utf-8",
    )
    if accounts:
        (folder / "suite" / "accounts.yaml").write_text(accounts, encoding="utf-8")
    document = read(guideline, "list.txt")
    _write_journal(folder, document.sha256)
    evidence = read_evidence(str(folder / "streams" / "w0-a1.subunit"), digest=True)
    verdict = judge(document, document.programs[0], Results(evidence), as_of=TODAY)
    (folder / "report.json").write_bytes(rendered("json", verdict, evaluator="0"))
    return folder


def _stream() -> bytes:
    return stream_of()


def stream_of(failing: str | None = None) -> bytes:
    """The results of both tests; `failing` is one that failed."""
    out = io.BytesIO()
    attempts = [attempt(name, at=number, seconds=0.5) for number, name in enumerate(NAMES)]
    write_v2(
        [
            one._replace(outcome=Outcome.FAILED) if failing is not None and failing.startswith(one.name) else one
            for one in attempts
        ],
        out,
    )
    return out.getvalue()


def _write_journal(folder: Path, digest: str) -> None:
    groups = [["a.First", [NAMES[0]], 1.0], ["a.Second", [NAMES[1]], 1.0]]
    details = {"guideline_file": "list.txt", "versions": {"toy": "1"}, "suite": f"{folder}/toy.json"}
    lines: list[dict[str, object]] = [
        {
            "what": "run",
            "run": RUN,
            "guideline_digest": digest,
            "suite": "toy",
            "suite_version": "1",
            "details": details,
        },
        {"what": "plan", "groups": groups},
    ]
    for name, _, _ in groups:
        lines.append({"what": "began", "group": name, "worker": 0, "stream": "w0-a1.subunit"})
        lines.append({"what": "ended", "group": name, "stream": "w0-a1.subunit", "ending": "ended", "seconds": 1})
    content = "".join(json.dumps(line) + "\n" for line in lines)
    # Power was lost while the last line was written.
    (folder / "journal.jsonl").write_text(content + '{"what": "sess', encoding="utf-8")
