"""The folder of a run to which everything happened that a bundle can tell: made by what a run is made by."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from certmark.app.inputs.waivers import waivers_of
from certmark.domain.outages import Outage, TouchedClass
from certmark.domain.results import Detail, Outcome
from certmark.domain.verdicts import judge
from certmark.formats.guideline import load
from certmark.formats.results.subunit import write_v2
from certmark.formats.run_endings import EndedGroup, Ending
from certmark.formats.run_record import (
    RecordedExamination,
    RecordedFinding,
    RecordedGuideline,
    RecordedIdentity,
    RecordedJudging,
    RecordedSuite,
    RunRecord,
)
from certmark.runner.journal import Journal
from certmark.runner.loading import load_run
from certmark.runner.plan import Group
from certmark.trust.envelopes import write_envelope
from certmark.trust.keys.files import new_key
from certmark.trust.keys.keys import Algorithm
from certmark.trust.waiver_approvals import approve
from support.build import TODAY, attempt
from support.rendering import rendered

ADD_ON = "dns.2099.01.json"
HOST = "2099.01.json"
WAIVERS = "waivers.signed.json"
APPROVERS = "approvers"
APPROVER = new_key(Algorithm.ED25519, "office@example.org")
_BEGAN = 1_795_000_000
"""Seconds: 2026-11-18."""
_CLASSES = {"a.Zones": ("list", "show", "odd"), "b.Records": ("make", "drop"), "h.Servers": ("boot",)}
IDS = {
    f"{name}.{test}": f"0000000{number}-1111-4111-8111-111111111111"
    for number, (name, test) in enumerate((name, test) for name, tests in _CLASSES.items() for test in tests)
}
LOOKS_LIKE_A_SECRET = "http://glance:S3rvice-N0t-Available@10.0.0.1/"
ANSWER = 'Body: {"server": {"adminPass": "Gc3KNjcM3chi"}}, then {"adminPass": "Hd4LOkdN4dij"}'


def record_eventful_run(folder: Path, told: str = "refused") -> Path:
    """The folder, with its report: a fail of an add-on, one test waived, one flagged, a class given up, an outage.

    `told` is what the cloud answered to the test that failed.
    """
    for name in ("streams", "suite", "guideline"):
        (folder / name).mkdir(parents=True)
    (folder / "suite" / "tests.txt").write_text("".join(f"{_full(name)}\n" for name in IDS), encoding="utf-8")
    (folder / "suite" / "tempest.conf").write_text("[auth]\nadmin_password = s3cret-of-the-cloud\n", encoding="utf-8")
    _write_guidelines(folder / "guideline")
    _write_streams(folder / "streams", told)
    _write_journal(folder)
    _judge(folder)
    return folder


def _full(name: str) -> str:
    return f"{name}[id-{IDS[name]}]"


def _write_guidelines(folder: Path) -> None:
    tests = {name: {"idempotent_id": f"id-{uuid}"} for name, uuid in IDS.items()}
    tests["a.Zones.odd"] |= {"flagged": {"action": "flagged", "reason": "[D401] broken", "date": "2026-01-01"}}  # type: ignore[dict-item]  # as the schema has it
    names = {"zones": "a.Zones", "records": "b.Records", "boot": "h.Servers"}
    capabilities = {
        key: {"tests": {name: flags for name, flags in tests.items() if name.startswith(f"{group}.")}}
        for key, group in names.items()
    }
    host_id, dns_id = HOST.removesuffix(".json"), ADD_ON.removesuffix(".json")
    host = _document(host_id, {"servers": ["boot"]}, capabilities, platforms=_program("Powered", "servers"))
    needs = {"required_platform_components": [{"name": "servers", "source": f"http://example.org/{HOST}"}]}
    programs = {"add-ons": {"DNS": {**_program("DNS", "dns")["DNS"], **needs}}}
    dns = _document(dns_id, {"dns": ["zones", "records"]}, capabilities, **programs)
    (folder / HOST).write_text(json.dumps(host), encoding="utf-8")
    (folder / ADD_ON).write_text(json.dumps(dns), encoding="utf-8")
    waivers = (
        "product: Acme Cloud\nwaivers:\n"
        "  - {test: b.Records.make, reason: a bug, granted-by: office, granted: 2026-11-01, expires: 2027-01-31}\n"
        "  - {test: a.Zones.list, reason: a bug, granted-by: office, expires: 2027-01-31}\n"
    )
    envelope = approve(waivers.encode(), "waivers.yaml", APPROVER)
    (folder / WAIVERS).write_bytes(write_envelope(envelope))
    line = f'office namespaces="certmark-waivers" {APPROVER.public.line}\n'
    (folder / APPROVERS).write_text(line, encoding="utf-8")


def _program(name: str, component: str) -> dict[str, Any]:
    return {name: {"description": name, "components": [{"name": component}]}}


def _document(
    identity: str, components: dict[str, list[str]], capabilities: dict[str, Any], **programs: Any
) -> dict[str, Any]:
    empty: dict[str, list[str]] = {"advisory": [], "deprecated": [], "removed": []}
    asked = {key for keys in components.values() for key in keys}
    about = {"achievements": [], "admin": False, "project": "designate", "required_since": "2099.01"}
    return {
        "metadata": {
            "id": identity,
            "schema": "2.0",
            "source": f"http://example.org/{identity}.json",
            "scoring": {"cutoff_score": 74, "criteria": {}},
            "os_trademark_approval": {"target_approval": "2099.01", "releases": ["zebra"], "status": "draft"},
        },
        **programs,
        "components": {
            name: {"capabilities": {"required": keys, **empty}, "designated_sections": {"required": []}}
            for name, keys in components.items()
        },
        "capabilities": {
            key: {**about, "description": key, **content} for key, content in capabilities.items() if key in asked
        },
        "designated_sections": {},
        "test_repositories": {},
    }


def _write_streams(folder: Path, told: str) -> None:
    of = {name: _full(name) for name in IDS}
    secret = attempt(of["a.Zones.show"], Outcome.FAILED, at=_BEGAN + 2)._replace(
        detail=Detail("refused", f"{ANSWER}\n{told}", ())
    )
    away = Detail("503 Service Unavailable", "", ())
    first = [
        attempt(of["a.Zones.list"], at=_BEGAN, seconds=0.5),
        secret,
        attempt(of["a.Zones.odd"], Outcome.SKIPPED, "not here", at=_BEGAN + 4),
        attempt(of["h.Servers.boot"], Outcome.FAILED, at=_BEGAN + 11)._replace(detail=away),
    ]
    second = [
        attempt(of["h.Servers.boot"], at=_BEGAN + 30),
        attempt(of["b.Records.make"], Outcome.FAILED, "no records", at=_BEGAN + 40),
        attempt(of["b.Records.drop"], Outcome.UNFINISHED, at=_BEGAN + 50),
    ]
    for name, attempts in {"w0-a1.subunit": first, "w1-a1.subunit": second}.items():
        out = io.BytesIO()
        write_v2(attempts, out)
        (folder / name).write_bytes(out.getvalue())


def _write_journal(folder: Path) -> None:
    guideline = load(str(folder / "guideline" / ADD_ON))
    record = RunRecord(
        run="20261118-203000-here-00ff",
        cloud="http://127.0.0.1:5000/v3 RegionOne",
        identity=RecordedIdentity(
            id="cloud:000g40r40m30e209185gr38e-gv/RegionOne", source="minted", catalog_id="0123456789abcdef" * 2
        ),
        guideline=RecordedGuideline(id=guideline.id, sha256=guideline.sha256, file=ADD_ON, program="DNS"),
        judging=RecordedJudging(waivers_file=WAIVERS, waiver_signers_file=APPROVERS),
        suite=RecordedSuite(name="toy", version="1", distributions={"toy": "1", "secretstorage": "3.3.3"}),
        fingerprint="2b3bb311d3aecef20f8c44a6515f253f52c34180e465398ff02a713e21fbe7ce",
        workers=2,
        examination=RecordedExamination(
            findings=(RecordedFinding(id="clock", severity="warning", text="the clock is 2 s ahead", despite=True),)
        ),
    )
    groups = [Group(name, tuple(_full(f"{name}.{test}") for test in tests), 1.0) for name, tests in _CLASSES.items()]
    journal = Journal.create(folder, record, groups)
    outage = Outage(_BEGAN + 10.25, "503 of everything", (TouchedClass("h.Servers", "w0-a1.subunit"),))
    journal.began("a.Zones", 0, "w0-a1.subunit")
    journal.ended(EndedGroup("a.Zones", "w0-a1.subunit", Ending.ENDED, 5.5, "", ()))
    journal.outage(outage)
    journal.ended(EndedGroup("h.Servers", "w0-a1.subunit", Ending.OUTAGE, 1.5, "", ()))
    journal.outage_over(_BEGAN + 20.5, answers=True)
    journal.ended(EndedGroup("h.Servers", "w1-a1.subunit", Ending.ENDED, 1.5, "", ()))
    journal.ended(EndedGroup("b.Records", "w1-a1.subunit", Ending.DIED, 9.0, "signal 9 (SIGKILL)", ()))
    journal.circumstance("the projects were not clean")
    journal.close()


def _judge(folder: Path) -> None:
    guideline, host = (load(str(folder / "guideline" / name)) for name in (ADD_ON, HOST))
    waivers = waivers_of(*(str(folder / "guideline" / name) for name in (WAIVERS, APPROVERS)))
    results = load_run(folder).results
    verdict = judge(guideline, guideline.programs[0], results, waivers, as_of=TODAY, hosts=[host])
    (folder / "report.json").write_bytes(rendered("json", verdict, evaluator="0.1.0"))
