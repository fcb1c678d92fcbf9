"""Swift, or the RADOS gateway of Ceph in its place: its middleware, as /info tells it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from certmark.cloud.discovery.options import Option, text_of
from certmark.cloud.discovery.services.asking import ServiceLook, ServiceOptions, guess, option_of, where
from certmark.cloud.session import SignedInUser

_SECTION = "object-storage-feature-enabled"
_CALL = "GET /info"


def look_at_object_store(service: ServiceLook, me: SignedInUser) -> ServiceOptions:
    """Swift's middleware, as /info tells it."""
    options = [*where("object-storage", me)]
    info = service.maybe(_info_url(service))
    if not isinstance(info, dict):
        options.append(option_of(_SECTION, "discoverability", "false", f"no {_CALL}"))
        remark = "object-store: it does not tell its features (GET /info); tests of some may fail"
        return ServiceOptions(tuple(options), (remark,))
    options += _features(info)
    version = str((info.get("swift") or {}).get("version", ""))
    if not _is_cephs(version):
        return ServiceOptions(tuple(options), (), version)
    if me.is_admin:
        options.append(guess("object-storage", "reseller_admin_role", "admin", "Ceph knows no role of Swift's"))
    return ServiceOptions(tuple(options))  # a version of Ceph's tells nothing of OpenStack's


def _is_cephs(version: str) -> bool:
    """Whether the RADOS gateway tells this version: Swift is at 2, Ceph was at 9 when it learnt to tell one."""
    major = version.partition(".")[0]
    return major.isdecimal() and int(major) >= 9


def _features(info: Mapping[str, Any]) -> Iterable[Option]:
    features = sorted(name for name in info if name != "swift")
    yield option_of(_SECTION, "discoverability", "true", _CALL)
    yield option_of(_SECTION, "discoverable_apis", text_of(features), _CALL)
    yield option_of(_SECTION, "container_sync", text_of("container_sync" in info), _CALL)
    versioned = bool({"versioned_writes", "object_versioning"} & info.keys())
    yield option_of(_SECTION, "object_versioning", text_of(versioned), _CALL)
    if "tempurl" in info:
        # Whoever names no digests is from before there was a choice.
        digests = (info["tempurl"] or {}).get("allowed_digests") or ["sha1"]
        if "sha256" not in digests:
            yield option_of(_SECTION, "tempurl_digest_hashlib", str(max(digests)), _CALL)
    realms = (info.get("container_sync") or {}).get("realms")
    if isinstance(realms, dict) and realms:
        realm = min(realms)
        clusters = (realms[realm] or {}).get("clusters") or {}
        yield option_of("object-storage", "realm_name", realm, _CALL)
        if clusters:
            yield option_of("object-storage", "cluster_name", min(clusters), _CALL)


def _info_url(service: ServiceLook) -> str:
    """`/info` stands at the root of the host, or beside `/v1` where Swift has a prefix."""
    parts = urlsplit(service.listed_url())
    prefix = re.sub(r"/v1(/.*)?\Z", "", parts.path.rstrip("/"))
    return urlunsplit((parts.scheme, parts.netloc, f"{prefix}/info", "", ""))
