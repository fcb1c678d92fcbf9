"""The work of `certmark sign`: verify, say, sign."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os

from certmark.app.files import write_file
from certmark.app.inputs.attestations import attestation_beside, bundle_of
from certmark.app.inputs.keys import signer_of
from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.evidence.artifacts import Artifact, OpenedArtifact, artifact_of
from certmark.formats.errors import UnreadableResults
from certmark.trust.attestations.predicates import (
    Facts,
    Product,
    facts_of_bundle,
    facts_of_report,
    test_result_statement,
    verdict_statement,
)
from certmark.trust.attestations.statements import PAYLOAD_TYPE, Statement, read_statement, write_statement
from certmark.trust.envelopes import LARGEST, Envelope, Signature, read_envelope, seal, write_envelope
from certmark.trust.errors import AgentUnavailable
from certmark.trust.keys.keys import Signer


def sign(args: argparse.Namespace, console: Console) -> Exit:
    """Sign, unless what is to be signed does not hold."""
    product = _product(args)
    path = bundle_of(args.bundle, write=True)
    artifact = artifact_of(path)
    with artifact.open() as found:
        problem = _problem(found)
        if problem is not None:
            console.refuse(f"{found.target.name} is not signed: {problem}")
            return Exit.FAIL
        if args.add is not None:
            return _add(artifact, args, console)
        signer = signer_of(args.key, args.passphrase_fd, console)
        report, facts = _facts(found)
        stranger = _waivers_of_another(report, facts, product, console)
        if stranger is not None:
            console.refuse(f"{found.target.name} is not signed: {stranger}")
            return Exit.FAIL
        now = dt.datetime.now(dt.UTC)
        statement = verdict_statement(facts, found.target, product, signer.public, now)
        written = [_written(statement, signer, args.output or attestation_beside(path))]
        if args.also:
            also = test_result_statement(facts, found.target, report)
            written.append(_written(also, signer, attestation_beside(path, "test-result")))
    _say(statement, written, args, console)
    return Exit.OK


def _product(args: argparse.Namespace) -> Product | None:
    for name, value in (("vendor", args.vendor), ("product", args.product), ("product-version", args.product_version)):
        if value is not None and (not value.strip() or not value.isprintable() or len(value) > 200):
            raise InvalidRequest(f"--{name} must be a name, on one line")
    if args.vendor is None and args.product is None and args.product_version is None:
        return None
    if args.vendor is None or args.product is None:
        raise InvalidRequest("name both --vendor and --product, or neither")
    return Product(args.vendor.strip(), args.product.strip(), args.product_version and args.product_version.strip())


def _problem(found: OpenedArtifact) -> str | None:
    """Why it must not be signed."""
    if found.bundle is not None:
        from certmark.evidence.bundle.verification import verify

        return next((f"{one.name}: {one.problem}" for one in verify(found.bundle).checks if one.problem), None)
    if found.report is None:
        raise UnreadableResults(f"{found.target.name} is neither a bundle nor a report; name one of them, or a run")
    import io

    from certmark.evidence.secrets.search import find_leaks

    secrets = find_leaks(io.BytesIO(found.report), found.target.name, {})
    return f"{secrets[0].what} stands in it; remove what the suite wrote there" if secrets else None


def _facts(found: OpenedArtifact) -> tuple[bytes, Facts]:
    """The report, and the facts to be signed."""
    if found.bundle is None:
        assert found.report is not None  # noqa: S101 - for the type checker; _problem has seen to it
        return found.report, facts_of_report(found.report, found.target.name)
    return found.bundle.content("report.json"), facts_of_bundle(found.bundle, found.target)


def _waivers_of_another(report: bytes, facts: Facts, product: Product | None, console: Console) -> str | None:
    """Why the waivers that were used are not those of the product that is to be signed."""
    if not any(one.get("use") == "used" for one in facts["waivers"]):
        return None
    from certmark.trust.verification.waivers import of_another_product, waivers_used

    used = waivers_used(facts, report)
    if product is not None:
        return of_another_product(used, product._asdict())
    whose = ", ".join(dict.fromkeys(waiver.product for waiver in used if waiver.product))
    console.remark(
        f"waivers of {whose or 'no product'} were used; name --vendor and --product, so that they are compared"
    )
    return None


def _written(statement: Statement, signer: Signer, path: str) -> str:
    payload = write_statement(statement)
    with _agent():
        envelope = seal(PAYLOAD_TYPE, payload, [signer])
    write_file(path, write_envelope(envelope))
    return path


def _add(artifact: Artifact, args: argparse.Namespace, console: Console) -> Exit:
    """Add a signature to what somebody else signed; the signer has just seen that it holds."""
    from certmark.trust.verification.evidence import check
    from certmark.trust.verification.findings import StepOutcome
    from certmark.trust.verification.requests import TrustPolicy

    with open(args.add, "rb") as file:
        envelope = read_envelope(file.read(LARGEST + 1), os.path.basename(args.add))
    statement = read_statement(envelope, os.path.basename(args.add))
    now = dt.datetime.now(dt.UTC)
    for finding in check(statement, artifact, TrustPolicy(now)):
        if finding.outcome is StepOutcome.FAILED:
            console.refuse(f"{os.path.basename(args.add)} is not signed: {finding.sentence}")
            return Exit.FAIL
    signer = signer_of(args.key, args.passphrase_fd, console)
    if any(one.keyid == signer.keyid for one in envelope.signatures):
        raise InvalidRequest(f"{args.add} has a signature of {signer.keyid} already")
    with _agent():
        added = Signature(signer.keyid, signer.sign(envelope.signed))
    both = Envelope(envelope.payload_type, envelope.payload, (*envelope.signatures, added))
    written = args.output or args.add
    write_file(written, write_envelope(both))
    _say(statement, [written], args, console)
    return Exit.OK


class _agent:  # noqa: N801 - a context that reads like a word
    """An agent that does not sign is the machine's state, not the person's input."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, AgentUnavailable):
            raise CannotProceed(str(error)) from error


def _say(statement: Statement, written: list[str], args: argparse.Namespace, console: Console) -> None:
    if args.json:
        signed = {key: statement.predicate.get(key) for key in ("product", "cloud", "guideline", "verdict", "signer")}
        console.data(json.dumps({"written": written, **signed}, indent=1))
        return
    for path in written:
        console.data(path)
    verdict = statement.predicate.get("verdict")
    if isinstance(verdict, dict):
        console.remark(f"signed: {verdict.get('sentence')}")
    if statement.predicate.get("product") is None:
        console.remark("no vendor is named in it; policies grant signers by vendor (--vendor and --product)")
