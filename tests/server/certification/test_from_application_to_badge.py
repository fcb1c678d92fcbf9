"""The way of a product through each programme that comes along: evidence, application, review, certificate, badge."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from certmark.domain.subject_identities import cluster_of
from certmark.formats.guideline import load
from certmark.server.services import sources
from certmark.server.services.certification.clock import run_clock
from certmark.server.services.certification.rules import prefix
from support import stories
from support.journey import SUBJECT, UID, Journey, moved, sonobuoy
from support.populated import earlier
from support.signed_in import Site, site

pytestmark = pytest.mark.enable_socket
EXAMPLES = Path(__file__).parents[3] / "examples"
SHIPPED = Path(__file__).parents[3] / "src/certmark/data/guidelines"
CONFORMANCE = """\
- testname: Pods, lifecycle
  codename: '[sig-node] Pods should be started and stopped [Conformance]'
  release: v1.9
- testname: Services, addresses
  codename: '[sig-network] Services should have an address [Conformance]'
  release: v1.9
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    with site(tmp_path / "site", {"uploads_per_minute": "10000"}) as found:
        yield found


def certified(journey: Journey) -> tuple[str, str, list[str]]:
    """What everybody sees of a certificate that is in force for a year: its page, its badge, its line in the register."""
    found = journey.certificate()
    assert found["standing"]["word"] == "certified"
    assert found["standing"]["mark_may_be_used"]
    begun, over = journey.days()
    assert 364 <= (over - begun).days <= 366
    number, guideline = found["number"], found["guideline"]
    assert number.startswith(prefix(journey.programme))
    badge = journey.public(f"/certificates/{number}/badge.svg")
    assert f"certified {guideline}" in badge
    assert f"until {(over - dt.timedelta(seconds=1)).date().isoformat()[:7]}" in badge
    assert number in journey.public("/register.json")
    return found["program"], guideline, found["content"]["regions"]


def test_an_object_store_is_certified_after_two_organisations_reviewed_it(here: Site, tmp_path: Path) -> None:
    journey = Journey(here, tmp_path, "openstack-powered")
    guideline = tmp_path / "2026.05.json"
    guideline.write_bytes(earlier((SHIPPED / "2026.11.json").read_text()))
    sources.add(here.services, str(guideline))
    journey.vendor(SUBJECT, agreement="OpenStack Powered")
    recorded = moved(EXAMPLES / "object-storage-pass.subunit", tmp_path / "recorded.subunit", journey.yesterday())
    run = journey.attested(recorded, "-g", str(guideline), "-p", "object", "--subject", SUBJECT)

    journey.apply("object", "2026.05", [run])
    assert set(journey.missing()) == {"contact", "release", "suite", "statement", "sections"}
    assert "designate" in journey.missing("admin")
    words = ("system", "operating-systems", "back-ends", "differences", "sections/swift", "sections/keystone")
    journey.edit(
        contacts=["kim@acme.example"],
        release=load(str(guideline)).releases[-1],
        statement=dict.fromkeys(words, "As upstream has it."),
        answers={"suite": "Tempest 47.0.0 from the index; the stream of stestr does not say so."},
    )
    assert journey.missing() == {}

    assert journey.take("designate", "submit") == "submitted"
    journey.reviewed("alpha", "beta")
    journey.later(days=9)
    assert journey.take("office", "grant", reason="All is there.") == "granted"
    assert certified(journey) == ("object", "2026.05", [SUBJECT])


def test_a_cloud_is_certified_for_scs_without_a_reviewer(here: Site, tmp_path: Path) -> None:
    journey = Journey(here, tmp_path, "scs")
    journey.vendor(SUBJECT)
    results = tmp_path / "tempest.xml"
    guideline = load("scs-0128")
    results.write_bytes(
        stories.junit(
            [stories.Case(stories.written(one)) for one in stories.tests_of(guideline, "scs-0128")], journey.yesterday()
        )
    )
    run = journey.attested(results, "-g", "scs-0128", "-p", "scs", "--subject", SUBJECT)
    journey.apply(
        "scs-0128", "scs-0128", [run], contacts=["kim@acme.example"], statement={"system": "OpenStack 2026.1."}
    )
    assert journey.missing() == {}
    assert journey.take("designate", "submit") == "submitted"
    assert run_clock(here.services) == 1
    assert certified(journey) == ("scs-0128", "scs-0128", [SUBJECT])
    number = journey.certificate()["number"]
    journey.later(days=400)
    run_clock(here.services)
    assert "expired<" in journey.public(f"/certificates/{number}/badge.svg")
    assert number in journey.public("/register.json")


def test_a_distribution_is_certified_from_a_tarball(here: Site, tmp_path: Path) -> None:
    cluster = str(cluster_of(UUID(UID)))
    journey = Journey(here, tmp_path, "kubernetes")
    guideline = tmp_path / "conformance-v1.29.yaml"
    guideline.write_text(CONFORMANCE)
    sources.add(here.services, str(guideline))
    journey.vendor(cluster, agreement="Certified Kubernetes", product="Acme Kubernetes")
    cases = [stories.Case(one.name) for one in stories.tests_of(load(str(guideline)), "kubernetes")]
    tarball = sonobuoy(
        tmp_path / "202611281200_sonobuoy.tar.gz", stories.junit(cases, journey.yesterday(), "Kubernetes e2e suite")
    )
    run = journey.attested(tarball, "-g", str(guideline), "-p", "kubernetes")
    journey.apply("kubernetes", "conformance-v1.29", [run], contacts=["kim@acme.example"])
    assert set(journey.missing()) == {"release", "statement"}
    journey.edit(
        release="v1.29", statement={"system": "kubeadm, see README.", "documentation": "https://acme.example/docs"}
    )
    journey.take("designate", "submit")
    journey.reviewed("alpha")
    assert journey.take("office", "grant", reason="Fine.") == "granted"
    assert certified(journey) == ("kubernetes", "conformance-v1.29", [cluster])
