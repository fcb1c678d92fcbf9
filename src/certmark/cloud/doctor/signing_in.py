"""What signing in says, sorted by who must act."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from certmark.cloud.client import Client
from certmark.cloud.doctor.causes import may_be_tls, remedy_for_keystone, wants_tls
from certmark.cloud.doctor.incomplete import NotExamined
from certmark.cloud.doctor.kinds import FATAL, find
from certmark.cloud.doctor.target import ExaminedCloud
from certmark.cloud.doctor.transport import speaks_tls
from certmark.cloud.errors import CloudError, NoProject, Undescribed, WrongRegion
from certmark.domain.advice import Action, Advice
from certmark.domain.health import CloudFinding

_SOON = dt.timedelta(days=14)
_OF_CONFIGURATION = "correct what it names in clouds.yaml, the accounts file or the tempest.conf"
_SORTED: tuple[tuple[str, str, str, Action | None], ...] = (
    (r"clouds\.yaml: certmark\.", "suite-configuration", _OF_CONFIGURATION, None),
    (r"without a catalogue", "sign-in-unscoped", "name project_name in clouds.yaml, or: openstack role add", None),
    (r"without a password", "sign-in-passwordless", "sign in with a password, or name accounts", Action.NAME_ACCOUNTS),
    (r"refuses the", "sign-in-refused",
     "correct the entry in clouds.yaml; a new application credential: openstack application credential create", None),
    (r"certificate of .* (?:is not trusted|is for another name|has expired)|that cacert names", "sign-in-untrusted",
     "", None),
    (r"the catalogue has no (?:region|.* endpoint)|is not a valid region", "catalogue-region",
     "check region_name and interface in clouds.yaml", None),
    (r"accounts? file|\.yaml, account|holds no list of accounts|is no YAML", "accounts-file",
     "name a file as Tempest writes it", Action.MAKE_ACCOUNTS),
    (r"clouds\.yaml (?:has no cloud|cannot be understood|asks for)|no cloud is named|is not described",
     "sign-in-undescribed", "describe it in clouds.yaml (docs.openstack.org/openstacksdk tells how that looks)",
     Action.NAME_CLOUD),
)  # fmt: skip
"""What a sentence says, the finding that it is, and what to do (empty: see `causes`)."""
_FAMILIES: tuple[tuple[type[CloudError], str], ...] = (
    (Undescribed, "sign-in-undescribed"),
    (WrongRegion, "catalogue-region"),
    (NoProject, "sign-in-unscoped"),
)
"""What needs no sentence to be known."""


def finding_of(error: CloudError, otherwise: str = "sign-in-unreachable") -> CloudFinding:
    """What kept a connection from being made, or a configuration from being written; else it is `otherwise`."""
    sentence = str(error)
    known = next((id_ for family, id_ in _FAMILIES if isinstance(error, family)), None)
    is_of_conf = otherwise == "suite-configuration" and "tempest.conf" in sentence
    for pattern, id_, mend, action in () if is_of_conf else _SORTED:
        if known == id_ or (known is None and re.search(pattern, sentence)):
            remedy = mend or remedy_for_keystone(sentence)
            return _fatal(id_, sentence, remedy, error.advice or (Advice(action) if action and known is None else None))
    remedy = _OF_CONFIGURATION if otherwise == "suite-configuration" else remedy_for_keystone(sentence)
    return _fatal(otherwise, sentence, remedy, error.advice)


def finding_by_http(error: CloudError, auth_url: str, seconds: float) -> CloudFinding | None:
    """What kept a connection from being made, where Keystone wants https and was asked by http; else None."""
    if may_be_tls(str(error)) and auth_url.startswith("http://") and speaks_tls(auth_url, seconds):
        return finding_of(CloudError(f"{wants_tls(auth_url)}; check auth_url in clouds.yaml"))
    return None


def _fatal(id_: str, sentence: str, mend: str, advice: Advice | None = None) -> CloudFinding:
    why = "nothing can be tested"
    return find(id_, sentence, severity=FATAL, where="clouds.yaml", why=why, mend=mend, advice=advice)


def look_at_credential(patient: ExaminedCloud, client: Client) -> str | None:
    """When the application credential that the connection signed in with expires; None: never, or it is none."""
    settings: Any = patient.connection.config
    id_ = (settings.config.get("auth") or {}).get("application_credential_id")
    if not id_ or not client.has("identity"):
        return None
    document = client.get("identity", f"users/{client.user_id}/application_credentials/{id_}")
    expires = document["application_credential"].get("expires_at")
    return str(expires) if expires else None


def judge_credential(
    expires: str | NotExamined | None, patient: ExaminedCloud, now: dt.datetime
) -> Iterable[CloudFinding]:
    """That the connection is signed in, and for how long its credential holds."""
    me = patient.discovered.me
    roles = ", ".join(me.roles) or "no role"
    yield find("sign-in", f"signed in as {me.user} in {me.project or 'no project'} ({roles})", where=me.auth_url)
    if expires is None or isinstance(expires, NotExamined):
        return
    moment = dt.datetime.fromisoformat(expires)
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)
    if moment - now < _SOON:
        yield find(
            "credential-expires", f"the application credential expires on {moment:%Y-%m-%d %H:%M} UTC",
            where="clouds.yaml", why="later runs, or the end of this one, cannot sign in",
            mend="openstack application credential create, and name it in clouds.yaml",
        )  # fmt: skip
