"""What to do about a service that cannot be used, by the reason that its sentence gives (`cloud.explaining`)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_SET = "as an administrator: openstack endpoint set --url URL ENDPOINT"

_CACERT = "name a file with the CA's certificate as cacert in clouds.yaml"


class _Remedy(NamedTuple):
    reason: str
    """A pattern of the sentence."""
    keystone: str
    service: str


_REMEDIES: Final = (
    _Remedy(r"does not resolve", "correct the host name in auth_url, or let it resolve on this machine",
            f"let the host name resolve on this machine (DNS, /etc/hosts), or correct it in the catalogue; {_SET}"),
    _Remedy(r"is for another name", "write a name that the certificate is for in auth_url, or install a certificate "
            "for this name", f"install a certificate for this name, or put its own name into the catalogue; {_SET}"),
    _Remedy(r"has expired", "renew the certificate", "renew the certificate"),
    _Remedy(r"that cacert names", _CACERT, _CACERT),
    _Remedy(r"is not trusted", "give the CA as cacert in clouds.yaml", "give the CA as cacert in clouds.yaml"),
    _Remedy(r"speaks http, not https", "write http:// in auth_url in clouds.yaml, or let Keystone speak TLS",
            f"let the service speak TLS, or put http:// into the catalogue; {_SET}"),
    _Remedy(r"speaks https, not http", "write https:// in auth_url in clouds.yaml",
            f"put https:// into the catalogue; {_SET}"),
    _Remedy(r"in time", "look at Keystone's load and log; if it is only slow, set CERTMARK_API_SECONDS=120",
            "look at the service's load and log; if it is only slow, set CERTMARK_API_SECONDS=120"),
    _Remedy(r"nothing listens", "start Keystone, or correct the port in auth_url in clouds.yaml",
            f"start the service, or correct its port in the catalogue; {_SET}"),
    _Remedy(r"there is no way", "check the network, the VPN and the firewall", "check the network, the VPN and the "
            f"firewall, or correct the address in the catalogue; {_SET}"),
    _Remedy(r"answers 5\d\d", "look at Keystone's log", "look at the log of the service"),
    _Remedy(r"breaks off", "look at the logs of Keystone and of a proxy before it",
            "look at the logs of the service and of a proxy before it"),
)  # fmt: skip


def remedy_for_keystone(problem: str) -> str:
    """What to do where Keystone cannot be used for this reason."""
    found = next((one.keystone for one in _REMEDIES if re.search(one.reason, problem)), None)
    return found or "check auth_url in clouds.yaml, the network and Keystone's log"


def remedy_for_service(problem: str) -> str:
    """What to do where a service of the catalogue cannot be used for this reason."""
    found = next((one.service for one in _REMEDIES if re.search(one.reason, problem)), None)
    return found or f"look at the log of the service, or correct its address in the catalogue; {_SET}"


def may_be_tls(problem: str) -> bool:
    """Whether a server that was asked by http gave a reason that one gives which wants https."""
    return bool(re.search(r"breaks off|answers 400|answers, but not as|cannot be asked|failed: ", problem))


def wants_tls(place: str) -> str:
    """The sentence for a server that speaks TLS only."""
    return f"{place} speaks https, not http"
