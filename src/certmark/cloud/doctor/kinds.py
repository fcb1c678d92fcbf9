"""Everything that the doctor can find, by id; docs/reference/doctor.md says the same for people."""

from __future__ import annotations

from typing import Final, NamedTuple

from certmark.domain.advice import Advice
from certmark.domain.health import CloudFinding, HealthLevel

FATAL, WARNING, NOTE, OK = HealthLevel.FATAL, HealthLevel.WARNING, HealthLevel.NOTE, HealthLevel.OK


class FindingKind(NamedTuple):
    """What a finding of one id is about."""

    subject: str
    severities: tuple[HealthLevel, ...]
    """Those that it can have; the first one unless something else is said."""
    summary: str


KINDS: Final = {
    "check-unfinished": FindingKind("doctor", (WARNING,), "something could not be looked at in time, or made no sense"),
    # Signing in
    "sign-in": FindingKind("authentication", (OK,), "the connection is signed in"),
    "sign-in-undescribed": FindingKind("authentication", (FATAL,), "no cloud is named, or clouds.yaml does not describe it"),
    "sign-in-refused": FindingKind("authentication", (FATAL,), "password, token or application credential is wrong, or old"),
    "sign-in-unreachable": FindingKind("authentication", (FATAL,), "Keystone does not answer, or something else does"),
    "sign-in-untrusted": FindingKind("authentication", (FATAL,), "the certificate of Keystone is not trusted"),
    "sign-in-unscoped": FindingKind("authentication", (FATAL,), "the token is for no project, or has no catalogue: no role in it"),
    "sign-in-passwordless": FindingKind("authentication", (FATAL,), "the suite needs a password and the connection has none"),
    "credential-expires": FindingKind("authentication", (WARNING,), "the application credential expires within two weeks"),
    # The catalogue and the services
    "catalogue": FindingKind("catalogue", (OK,), "the catalogue has every service that is needed, once, in the region"),
    "catalogue-region": FindingKind("catalogue", (WARNING, FATAL), "several regions and none is named, or it is missing"),
    "catalogue-service": FindingKind("catalogue", (FATAL,), "a service that tests need is not in the catalogue"),
    "catalogue-interface": FindingKind("catalogue", (FATAL,), "a needed service has no endpoint of the wanted interface"),
    "catalogue-duplicate": FindingKind("catalogue", (WARNING,), "one type of service is listed twice, with different addresses"),
    "catalogue-http": FindingKind("catalogue", (WARNING,), "an endpoint without TLS in a cloud that otherwise has it"),
    "service": FindingKind("services", (OK,), "a service answers, with its versions"),
    "service-down": FindingKind("services", (FATAL, NOTE), "a service does not answer as it should"),
    "service-microversion": FindingKind("services", (WARNING,), "the configuration names a microversion that is not there"),
    "compute-hosts": FindingKind("services", (FATAL, WARNING), "no host, or not every one, can take servers"),
    "volume-hosts": FindingKind("services", (FATAL, WARNING), "no backend, or not every one, can take volumes"),
    # Accounts
    "accounts": FindingKind("accounts", (OK, NOTE), "every account signs in and has the roles that the tests need"),
    "accounts-file": FindingKind("accounts", (FATAL,), "the accounts file cannot be read"),
    "account-refused": FindingKind("accounts", (FATAL, WARNING), "an account of the file cannot sign in"),
    "account-roles": FindingKind("accounts", (FATAL, WARNING), "an account lacks roles that the file says it has"),
    "account-network": FindingKind("accounts", (FATAL,), "the network that the file names for an account is not there"),
    "accounts-role": FindingKind("accounts", (FATAL, WARNING), "no account is of a kind that the tests act as"),
    "accounts-few": FindingKind("accounts", (NOTE, FATAL), "fewer accounts than the workers need, or than one class needs"),
    "accounts-twice": FindingKind("accounts", (WARNING,), "one user is listed twice in the file"),
    # Quotas
    "quota": FindingKind("quotas", (OK,), "the quotas are enough for the workers"),
    **{
        f"quota-{name}": FindingKind("quotas", (FATAL, WARNING), f"the quota leaves no room, or little, for {words}")
        for name, words in {
            "instances": "servers", "cores": "processors of servers", "ram": "memory of servers",
            "keypairs": "key pairs", "volumes": "volumes", "gigabytes": "gigabytes of volumes",
            "snapshots": "snapshots", "backups": "backups", "networks": "networks", "subnets": "subnets",
            "routers": "routers", "ports": "ports", "floating-ips": "floating IPs",
            "security-groups": "security groups", "objects": "bytes of objects",
        }.items()
    },
    # What servers are made of
    "image": FindingKind("image", (OK,), "there is an image that boots"),
    "image-none": FindingKind("image", (FATAL,), "no image can be booted by the project"),
    "image-missing": FindingKind("image", (FATAL,), "the image that the configuration names is not there"),
    "image-inactive": FindingKind("image", (FATAL,), "the chosen image is not active, or is empty"),
    "image-format": FindingKind("image", (WARNING,), "the chosen image has a format that hypervisors rarely boot"),
    "image-architecture": FindingKind("image", (FATAL, WARNING), "the chosen image is for other processors"),
    "image-second": FindingKind("image", (NOTE,), "there is one image only"),
    "flavor": FindingKind("flavors", (OK,), "there are two usable flavors"),
    "flavor-none": FindingKind("flavors", (FATAL,), "the project may use no flavor"),
    "flavor-missing": FindingKind("flavors", (FATAL,), "a flavor that the configuration names is not there"),
    "flavor-second": FindingKind("flavors", (WARNING,), "there is no second flavor to resize to"),
    "flavor-small": FindingKind("flavors", (FATAL,), "the chosen image does not fit into the chosen flavor"),
    "flavor-diskless": FindingKind("flavors", (WARNING,), "the chosen flavor has no disk"),
    # Networks
    "network": FindingKind("network", (OK,), "there is a network that leads outside"),
    "network-external": FindingKind("network", (FATAL, WARNING), "no network that leads outside is visible"),
    "network-missing": FindingKind("network", (FATAL,), "a network that the configuration names is not there"),
    "network-down": FindingKind("network", (WARNING,), "the network that leads outside is not active"),
    "network-ipv4": FindingKind("network", (WARNING,), "the network that leads outside has no IPv4 subnet for floating IPs"),
    "network-addresses": FindingKind("network", (FATAL, WARNING), "no floating IP, or few, are left"),
    "network-ambiguous": FindingKind("network", (FATAL,), "an account sees several networks and nothing says which to use"),
    # Object storage
    "storage": FindingKind("object storage", (OK,), "accounts can be read, and every kind of its servers answers"),
    "storage-forbidden": FindingKind("object storage", (FATAL,), "accounts of the file may not use their own storage"),
    "storage-account": FindingKind("object storage", (FATAL,), "the account servers do not answer"),
    "storage-container": FindingKind("object storage", (FATAL,), "the container servers do not answer"),
    "storage-object": FindingKind("object storage", (FATAL,), "the object servers do not answer"),
    "storage-info": FindingKind("object storage", (WARNING,), "it does not say which features it has"),
    # What is there already
    "leftovers": FindingKind("leftovers", (OK,), "the projects of the accounts are empty"),
    "leftovers-storage": FindingKind("leftovers", (WARNING,), "containers of an earlier run, or of somebody else"),
    "leftovers-compute": FindingKind("leftovers", (WARNING,), "servers are there already"),
    "leftovers-volume": FindingKind("leftovers", (WARNING,), "volumes, snapshots or backups are there already"),
    "leftovers-network": FindingKind("leftovers", (WARNING,), "networks, routers or floating IPs are there already"),
    # Transport and time
    "tls": FindingKind("transport", (OK,), "every certificate is trusted and valid for two weeks and more"),
    "tls-expires": FindingKind("transport", (WARNING, FATAL), "a certificate expires within two weeks, or has expired"),
    "tls-untrusted": FindingKind("transport", (FATAL, WARNING), "a certificate is self-signed, of another name, or unknown"),
    "tls-unverified": FindingKind("transport", (WARNING,), "certificates are not checked (verify: false)"),
    "tls-none": FindingKind("transport", (NOTE,), "nothing is encrypted, and the cloud is not on this machine"),
    "clock": FindingKind("transport", (OK,), "this machine's clock agrees with Keystone's"),
    "clock-skew": FindingKind("transport", (WARNING,), "this machine's clock and Keystone's differ"),
    # This machine
    "machine": FindingKind("machine", (OK,), "this machine can run the suite"),
    "machine-python": FindingKind("machine", (FATAL,), "Python is too old, or cannot make environments"),
    "machine-folder": FindingKind("machine", (FATAL,), "a folder that is needed cannot be written to"),
    "machine-disk": FindingKind("machine", (FATAL, WARNING), "too little room on the disk"),
    "machine-memory": FindingKind("machine", (WARNING,), "too little memory for the workers"),
    "machine-files": FindingKind("machine", (WARNING,), "too few open files are allowed"),
    "machine-locale": FindingKind("machine", (WARNING,), "file names and streams are not UTF-8"),
    "machine-proxy": FindingKind("machine", (NOTE,), "a proxy stands between this machine and the cloud"),
    # The suite
    "suite": FindingKind("suite", (OK, NOTE), "the suite is there and has every test that is asked for"),
    "suite-missing": FindingKind("suite", (FATAL,), "the suite cannot be installed or listed"),
    "suite-lacks": FindingKind("suite", (WARNING, FATAL), "the suite lacks tests that are asked for"),
    "suite-configuration": FindingKind("suite", (FATAL,), "the configuration cannot be written or read"),
}  # fmt: skip
"""By id, in the order in which subjects are told."""
SUBJECTS: Final = tuple(dict.fromkeys(kind.subject for kind in KINDS.values()))


def find(
    id_: str,
    what: str,
    *,
    severity: HealthLevel | None = None,
    where: str = "",
    why: str = "",
    mend: str = "",
    tests: int | None = None,
    advice: Advice | None = None,
) -> CloudFinding:
    """A finding of the table; `severity` where it is not the first that its kind can have."""
    kind = KINDS[id_]
    if id_ == "check-unfinished":
        mend = mend or "try again; if it stays so, look at the log of what is named here"
    weight = severity or kind.severities[0]
    if weight not in kind.severities:
        raise ValueError(f"{id_} is never {weight.value}")
    return CloudFinding(id_, weight, kind.subject, what, where, why, mend, tests, advice=advice)
