"""Swift: its middleware, as /info tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from certmark.cloud.discovery.options import Option, text_of
from certmark.cloud.discovery.services.asking import ServiceLook, ServiceOptions, option_of, where
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
    return ServiceOptions(tuple(options), (), str((info.get("swift") or {}).get("version", "")))


def _features(info: Mapping[str, Any]) -> Iterable[Option]:
    features = sorted(name for name in info if name != "swift")
    yield option_of(_SECTION, "discoverability", "true", _CALL)
    yield option_of(_SECTION, "discoverable_apis", text_of(features), _CALL)
    yield option_of(_SECTION, "container_sync", text_of("container_sync" in info), _CALL)
    versioned = bool({"versioned_writes", "object_versioning"} & info.keys())
    yield option_of(_SECTION, "object_versioning", text_of(versioned), _CALL)
    digests = (info.get("tempurl") or {}).get("allowed_digests") or []
    if digests and "sha256" not in digests:
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
    endpoint = service.listed_url()
    return f"{endpoint.partition('/v1')[0].rstrip('/')}/info"
