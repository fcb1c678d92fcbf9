"""Whoever signs with tools of their own can sign anything: of what a bundle says, only the listed claims are free."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.evidence.artifacts import artifact_of
from certmark.evidence.bundle import preview_bundle, write_bundle
from certmark.evidence.bundle.folders import accepted_by, write_accepted
from certmark.evidence.bundle.reading import read
from certmark.formats.errors import FormatError
from certmark.formats.guideline import load
from certmark.formats.sources import source_of
from certmark.trust.attestations.predicates import Product, facts_of_bundle, verdict_statement
from certmark.trust.attestations.statements import PAYLOAD_TYPE, Statement, write_statement
from certmark.trust.envelopes import seal, write_envelope
from certmark.trust.signers.lists import read_any_signers
from certmark.trust.verification.claims import CLAIMS
from certmark.trust.verification.findings import VerificationStep
from certmark.trust.verification.requests import TrustPolicy, VerificationRequest
from certmark.trust.verification.verification import VerificationResult, verify
from support.build import TODAY
from support.eventful_run import ADD_ON, APPROVERS, HOST, LOOKS_LIKE_A_SECRET, WAIVERS, record_eventful_run
from support.forgeries import Forgery, forgeries
from support.resealing import Members, packed, resealed, unpacked
from support.signed import KEY, Signed

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SIGNERS = read_any_signers(f'Acme namespaces="certmark" {KEY.public.line}\n'.encode(), "allowed_signers")
PRODUCT = Product("Acme", "Acme Cloud", "12")
DOCUMENTS = ("report.json", "manifest.json", "versions.json", "journal.jsonl")
"""Of each every leaf is forged."""


def claim_of(leaf: str) -> str:
    """The claim that covers a leaf, else the leaf itself."""
    return next((claim for claim in CLAIMS if f"{leaf}.".startswith(f"{claim}.")), leaf)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = record_eventful_run(tmp_path_factory.mktemp("forged") / "run", LOOKS_LIKE_A_SECRET)
    leaks = preview_bundle(folder).leaks
    write_accepted(folder, accepted_by(folder, leaks, "a text of glance", "Jo Doe"))
    write_bundle(folder)
    return folder


@pytest.fixture(scope="module")
def recorded(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of such results, of which no run is on record."""
    folder = tmp_path_factory.mktemp("recorded")
    streams = record_eventful_run(folder / "run") / "streams"
    guideline, made = run / "guideline", folder / "made.tar.gz"
    results = [str(streams / name) for name in ("w0-a1.subunit", "w1-a1.subunit")]
    by = ["-g", str(guideline / ADD_ON), "-p", "DNS", "--host-guideline", str(guideline / HOST)]
    waivers = ["--waivers", str(guideline / WAIVERS), "--waiver-signers", str(guideline / APPROVERS)]
    of = ["--product", "Acme Cloud", "--as-of", str(TODAY), "--subject", "cloud:000g40r40m30e209185gr38e-gv/East"]
    assert main(["bundle", "make", *results, *by, *waivers, *of, "-o", str(made)]) == Exit.FAIL
    return made


def statement_of(bundle: str) -> Statement:
    """What the vendor's own tool would say of it."""
    with read(source_of(bundle)) as opened:
        facts = facts_of_bundle(opened, artifact_of(bundle).target)
    return verdict_statement(facts, artifact_of(bundle).target, PRODUCT, KEY.public, NOW)


@cache
def trust_of(run: Path) -> TrustPolicy:
    """Somebody who lists the vendor's key and the approver's, and has the guideline."""
    folder = run / "guideline"
    approvers = read_any_signers((folder / APPROVERS).read_bytes(), APPROVERS)
    guideline, host = (load(str(folder / name)) for name in (ADD_ON, HOST))
    without = frozenset({VerificationStep.RUN})  # of which only recorded results have none
    return TrustPolicy(NOW, SIGNERS, guideline=guideline, approvers=approvers, hosts=(host,), without=without)


def asked(run: Path, bundle: str, statement: Statement) -> VerificationResult:
    """What they find."""
    attestation = write_envelope(seal(PAYLOAD_TYPE, write_statement(statement), [KEY]))
    return verify(VerificationRequest("it", attestation, trust_of(run), artifact_of(bundle)))


def holds(run: Path, bundle: str) -> bool:
    """Whether the bundle is verified under an attestation that fits it; a forger's tool never refuses."""
    try:
        return asked(run, bundle, statement_of(bundle)).findings.holds
    except FormatError:
        return False


def parsed(name: str, content: bytes) -> Any:
    return [json.loads(line) for line in content.splitlines()] if name == "journal.jsonl" else json.loads(content)


def written(name: str, document: Any) -> bytes:
    if name == "journal.jsonl":
        return "".join(f"{json.dumps(line)}\n" for line in document).encode()
    return json.dumps(document).encode()


def forged_bundle(members: Members, name: str, forgery: Forgery, path: Path) -> str:
    """The bundle with one forged document, under a manifest that fits it."""
    changed = {**members, name: written(name, forgery.document)}
    return packed(changed, path) if name == "manifest.json" else resealed(changed, path)


def test_the_run_itself_is_verified(run: Path) -> None:
    bundle = str(run / "bundle.certmark.tar.gz")
    answer = asked(run, bundle, statement_of(bundle))
    assert answer.findings.holds, [step for step in answer.findings.steps if step.outcome.value != "ok"]
    assert answer.standing == "fail"


def free_in(run: Path, bundle: str, name: str, path: Path) -> dict[str, str]:
    """The claims that may be anything in one document of a bundle, each with a forgery that was not found."""
    members = unpacked(bundle)
    return {
        claim_of(f"{name} {forgery.name}"): forgery.what
        for forgery in forgeries(parsed(name, members[name]))
        if holds(run, forged_bundle(members, name, forgery, path))
    }


OF_RECORDED = "manifest.json cloud"
"""The claim that only recorded results make: in a run's bundle, the journal tells which cloud it was."""


@pytest.mark.thorough
@pytest.mark.parametrize("name", DOCUMENTS)
def test_of_all_that_a_bundle_says_only_the_listed_claims_are_free(run: Path, tmp_path: Path, name: str) -> None:
    free = free_in(run, str(run / "bundle.certmark.tar.gz"), name, tmp_path / "forged.tar.gz")
    assert free.keys() == {claim for claim in CLAIMS if claim.startswith(name)} - {OF_RECORDED}, free


@pytest.mark.thorough
@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name != "journal.jsonl"])
def test_of_all_that_recorded_results_say_only_the_listed_claims_are_free(
    run: Path, recorded: Path, tmp_path: Path, name: str
) -> None:
    free = free_in(run, str(recorded), name, tmp_path / "forged.tar.gz")
    assert free.keys() <= set(CLAIMS), free
    assert (OF_RECORDED in free) is (name == "manifest.json")


@pytest.mark.parametrize(("hosts", "outcome"), [((), "not checked"), ("other", "failed")])
def test_a_hosts_guideline_that_nobody_vouches_for_or_of_another_text_is_not_verified(
    run: Path, tmp_path: Path, hosts: object, outcome: str
) -> None:
    bundle = str(run / "bundle.certmark.tar.gz")
    own = (run / "guideline" / HOST).read_text(encoding="utf-8")
    (tmp_path / HOST).write_text(f"{own}\n", encoding="utf-8")
    trust = trust_of(run)._replace(hosts=(load(str(tmp_path / HOST)),) if hosts else ())
    attestation = write_envelope(seal(PAYLOAD_TYPE, write_statement(statement_of(bundle)), [KEY]))
    found = verify(VerificationRequest("it", attestation, trust, artifact_of(bundle))).findings
    (step,) = (step for step in found.steps if step.step is VerificationStep.GUIDELINE)
    assert step.outcome.value.lower() == outcome
    assert not found.holds


def test_of_all_that_a_statement_says_only_the_listed_claims_are_free(signed: Signed) -> None:
    honest = signed.statement()
    free = set()
    for forgery in forgeries(dict(honest.predicate)):
        forged = write_statement(honest._replace(predicate=forgery.document))
        if signed.ask(write_envelope(seal(PAYLOAD_TYPE, forged, [KEY])), signers=SIGNERS).findings.holds:
            free.add(claim_of(f"statement {forgery.name}"))
    assert free == {claim for claim in CLAIMS if claim.startswith("statement")}


def test_the_threat_model_lists_the_claims(assets: Path) -> None:
    text = (assets.parents[1] / "docs" / "threat-model.md").read_text(encoding="utf-8")
    table = text.partition("## What is a claim")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    assert [" ".join(cell.strip().strip("`") for cell in row) for row in rows] == list(CLAIMS)
    assert len(CLAIMS) <= 10
