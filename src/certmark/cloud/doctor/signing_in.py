"""What signing in says, sorted by who must act."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from certmark.cloud.doctor.incomplete import NotExamined
from certmark.cloud.doctor.kinds import FATAL, found
from certmark.cloud.doctor.target import ExaminedCloud, UserSession
from certmark.cloud.errors import CloudError
from certmark.domain.health import CloudFinding

_SOON = dt.timedelta(days=14)
_SORTED = (
    (r"without a catalogue", "sign-in-unscoped", "name project_name in clouds.yaml, or: openstack role add"),
    (r"without a password", "sign-in-passwordless", "give --accounts FILE, or sign in with a password"),
    (r"refuses the", "sign-in-refused",
     "mend the entry in clouds.yaml; a new application credential: openstack application credential create"),
    (r"certificate of .* is not trusted|does not speak TLS", "sign-in-untrusted",
     "give the CA as cacert in clouds.yaml"),
    (r"the catalogue has no .* endpoint|is not a valid region", "catalogue-region",
     "check region_name and interface in clouds.yaml"),
    (r"accounts? file|\.yaml, account|holds no list of accounts|is no YAML", "accounts-file",
     "name a file that certmark cloud accounts make or Tempest wrote"),
    (r"clouds\.yaml (?:has no cloud|cannot be understood|asks for)|no cloud is named|is not described",
     "sign-in-undescribed", "name it with --os-cloud; docs.openstack.org/openstacksdk tells how clouds.yaml looks"),
)  # fmt: skip


def finding_of(error: CloudError, otherwise: str = "sign-in-unreachable") -> CloudFinding:
    """What kept a connection from being made, or a configuration from being written; else it is `otherwise`."""
    sentence = str(error)
    for pattern, id_, mend in _SORTED:
        if re.search(pattern, sentence):
            return _fatal(id_, sentence, mend)
    return _fatal(otherwise, sentence, _OTHERWISE[otherwise])


_OTHERWISE = {
    "sign-in-unreachable": "check auth_url in clouds.yaml, the network and Keystone's log",
    "suite-configuration": "mend what it names in clouds.yaml, the accounts file or the tempest.conf",
}


def _fatal(id_: str, sentence: str, mend: str) -> CloudFinding:
    return found(id_, sentence, severity=FATAL, where="clouds.yaml", why="nothing can be tested", mend=mend)


def look_at_credential(patient: ExaminedCloud, seat: UserSession) -> str | None:
    """When the application credential that the connection signed in with expires; None: never, or it is none."""
    settings: Any = patient.connection.config
    id_ = (settings.config.get("auth") or {}).get("application_credential_id")
    if not id_ or not seat.has("identity"):
        return None
    user = patient.connection.session.get_user_id()
    document = seat.get("identity", f"users/{user}/application_credentials/{id_}")
    expires = document["application_credential"].get("expires_at")
    return str(expires) if expires else None


def judge_credential(
    expires: str | NotExamined | None, patient: ExaminedCloud, now: dt.datetime
) -> Iterable[CloudFinding]:
    """That the connection is signed in, and for how long its credential holds."""
    me = patient.discovered.me
    roles = ", ".join(me.roles) or "no role"
    yield found("sign-in", f"signed in as {me.user} in {me.project or 'no project'} ({roles})", where=me.auth_url)
    if expires is None or isinstance(expires, NotExamined):
        return
    moment = dt.datetime.fromisoformat(expires)
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)
    if moment - now < _SOON:
        yield found(
            "credential-expires", f"the application credential expires on {moment:%Y-%m-%d %H:%M} UTC",
            where="clouds.yaml", why="later runs, or the end of this one, cannot sign in",
            mend="openstack application credential create, and name it in clouds.yaml",
        )  # fmt: skip
