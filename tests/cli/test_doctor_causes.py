"""A server that cannot be used: the doctor tells why, and its remedy fits the reason; followed, it helps."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from simulators import faults
from simulators.certificates import self_signed, server_side
from support.ward import Finding, Ward

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
Case = Callable[[Ward], Generator[None, Finding, None]]
"""It breaks something, is given the finding, and does what the finding says."""


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Ward]:
    found = Ward(tmp_path, monkeypatch, capsys)
    yield found
    found.close()


def says(finding: Finding, what: str, mend: str) -> None:
    """What stands in a finding and its remedy."""
    assert what in finding["what"]
    assert mend in finding["mend"]


# ---------------------------------------------------------------- Keystone


def keystone_of_another_name(ward: Ward) -> Generator[None, Finding, None]:
    context = server_side(self_signed(ward.folder, days=90, name="keystone.test"))
    ward.serve(context)
    ward.entry["cacert"] = str(ward.folder / "valid-keystone.test.pem")
    finding = yield
    says(finding, "is for another name", "install a certificate for this name")
    right = self_signed(ward.folder, days=90)
    context.load_cert_chain(right)
    ward.entry["cacert"] = str(right)


def keystone_with_an_expired_certificate(ward: Ward) -> Generator[None, Finding, None]:
    expired = self_signed(ward.folder, expired=True)
    context = server_side(expired)
    ward.serve(context)
    ward.entry["cacert"] = str(expired)
    finding = yield
    says(finding, "has expired", "renew the certificate")
    right = self_signed(ward.folder, days=90)
    context.load_cert_chain(right)
    ward.entry["cacert"] = str(right)


def keystone_with_a_ca_that_is_not_there(ward: Ward) -> Generator[None, Finding, None]:
    right = self_signed(ward.folder, days=90)
    ward.serve(server_side(right))
    ward.entry["cacert"] = "nowhere.pem"
    finding = yield
    says(finding, "that cacert names in clouds.yaml is not there", "name a file with the CA's certificate as cacert")
    ward.entry["cacert"] = str(right)


def keystone_with_a_ca_that_is_none(ward: Ward) -> Generator[None, Finding, None]:
    right = self_signed(ward.folder, days=90)
    ward.serve(server_side(right))
    ward.entry["cacert"] = "tests.txt"
    finding = yield
    says(finding, "holds no certificate", "name a file with the CA's certificate as cacert")
    ward.entry["cacert"] = str(right)


def https_at_a_keystone_without(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    url = ward.entry["auth"]["auth_url"]
    ward.entry["auth"]["auth_url"] = url.replace("http:", "https:")
    finding = yield
    says(finding, "speaks http, not https", "write http:// in auth_url in clouds.yaml")
    ward.entry["auth"]["auth_url"] = url


def http_at_a_keystone_with_tls(ward: Ward) -> Generator[None, Finding, None]:
    right = self_signed(ward.folder, days=90)
    ward.serve(server_side(right))
    ward.entry["cacert"] = str(right)
    url = ward.entry["auth"]["auth_url"]
    ward.entry["auth"]["auth_url"] = url.replace("https:", "http:")
    finding = yield
    says(finding, "speaks https, not http", "write https:// in auth_url in clouds.yaml")
    ward.entry["auth"]["auth_url"] = url


def keystone_whose_name_does_not_resolve(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    url = ward.entry["auth"]["auth_url"]
    ward.entry["auth"]["auth_url"] = "http://keystone.invalid:5000/v3"
    finding = yield
    says(finding, "does not resolve", "correct the host name in auth_url")
    ward.entry["auth"]["auth_url"] = url


def keystone_that_hangs(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.monkeypatch.setenv("CERTMARK_API_SECONDS", "0.5")
    ward.cloud.faults = (faults.hangs(),)
    finding = yield
    says(finding, "does not answer in time", "look at Keystone's load and log")
    ward.cloud.faults = ()
    ward.monkeypatch.delenv("CERTMARK_API_SECONDS")


def keystone_that_breaks(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.cloud.faults = (faults.on("/auth/tokens", faults.says(500)),)
    finding = yield
    says(finding, "answers 500", "look at Keystone's log")
    ward.cloud.faults = ()


# ---------------------------------------------------------------- a service of the catalogue


def service_whose_name_does_not_resolve(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.move("object-store", "http://swift.invalid:8080")
    finding = yield
    says(finding, "does not resolve", "let the host name resolve on this machine")
    ward.move_back()


def service_at_a_closed_port(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.move("compute", "http://127.0.0.1:9")
    finding = yield
    says(finding, "nothing listens at", "start the service, or correct its port in the catalogue")
    ward.move_back()


def service_that_hangs(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    ward.monkeypatch.setenv("CERTMARK_API_SECONDS", "2")
    ward.cloud.faults = (faults.on("^/RegionOne/network", faults.hangs()),)
    finding = yield
    says(finding, "does not answer in time", "if it is only slow, set CERTMARK_API_SECONDS=120")
    ward.cloud.faults = ()


def service_without_the_tls_of_the_catalogue(ward: Ward) -> Generator[None, Finding, None]:
    right = self_signed(ward.folder, days=90)
    ward.serve(server_side(right))
    ward.entry["cacert"] = str(right)
    ward.move("image", ward.beside().replace("http:", "https:"))
    finding = yield
    says(finding, "speaks http, not https", "let the service speak TLS")
    ward.move_back()


def service_with_tls_that_the_catalogue_does_not_tell(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    right = self_signed(ward.folder, days=90)
    ward.entry["cacert"] = str(right)
    secure = ward.beside(server_side(right))
    ward.move("image", secure.replace("https:", "http:"))
    finding = yield
    says(finding, "speaks https, not http", "put https:// into the catalogue")
    ward.move("image", secure)


def service_of_another_name(ward: Ward) -> Generator[None, Finding, None]:
    ward.serve()
    context = server_side(self_signed(ward.folder, days=90, name="glance.test"))
    ward.entry["cacert"] = str(ward.folder / "valid-glance.test.pem")
    ward.move("image", ward.beside(context))
    finding = yield
    says(finding, "is for another name", "install a certificate for this name")
    right = self_signed(ward.folder, days=90)
    context.load_cert_chain(right)
    ward.entry["cacert"] = str(right)


KEYSTONE: dict[Case, str] = {
    keystone_of_another_name: "sign-in-untrusted",
    keystone_with_an_expired_certificate: "sign-in-untrusted",
    keystone_with_a_ca_that_is_not_there: "sign-in-untrusted",
    keystone_with_a_ca_that_is_none: "sign-in-untrusted",
    https_at_a_keystone_without: "sign-in-unreachable",
    http_at_a_keystone_with_tls: "sign-in-unreachable",
    keystone_whose_name_does_not_resolve: "sign-in-unreachable",
    keystone_that_hangs: "sign-in-unreachable",
    keystone_that_breaks: "sign-in-unreachable",
}
SERVICES = (
    service_whose_name_does_not_resolve, service_at_a_closed_port, service_that_hangs,
    service_without_the_tls_of_the_catalogue, service_with_tls_that_the_catalogue_does_not_tell, service_of_another_name,
)  # fmt: skip


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("case", "kind"),
    [*KEYSTONE.items(), *((case, "service-down") for case in SERVICES)],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_remedy_fits_the_reason(case: Case, kind: str, ward: Ward) -> None:
    steps = case(ward)
    next(steps)
    found = ward.examine()
    assert found[kind]["severity"] == "fatal", sorted(found)
    with pytest.raises(StopIteration):
        steps.send(found[kind])
    after = ward.examine()
    assert kind not in after, after[kind]


def test_an_unneeded_service_that_breaks_is_a_note(ward: Ward) -> None:
    (ward.folder / "tests.txt").write_text("tempest.api.object_storage.test_a.T.test_a\n", encoding="utf-8")
    ward.serve()
    ward.move("compute", "http://127.0.0.1:9")
    found = ward.examine()["service-down"]
    assert (found["severity"], found["why"]) == ("note", "no selected test needs it")
