"""Cinder: microversions, extensions, backends, types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from certmark.cloud.discovery.options import Option, Origin, text_of
from certmark.cloud.discovery.services.asking import (
    ServiceLook,
    ServiceOptions,
    guess,
    option_of,
    quota,
    spec_is,
    spoken,
    where,
)
from certmark.cloud.session import SignedInUser

_SECTION = "volume-feature-enabled"


def look_at_volume(service: ServiceLook, me: SignedInUser) -> ServiceOptions:
    """Microversions, extensions, types; as an administrator also backends and whether one can back up."""
    versions = service.microversions()
    options = [
        *where("volume", me),
        *spoken("volume", versions),
        *_extensions(service.maybe("extensions")),
        *_types(service.maybe("types")),
        *_backup(service, me),
        *_backends(service, me),
        Option("volume", "volume_size", "1", Origin.OURS, "the smallest"),
    ]
    # As an administrator tests make projects of their own.
    remarks = () if me.is_admin else tuple(quota(service, "maxTotalVolumes", "volumes"))
    return ServiceOptions(tuple(options), remarks, versions[1] if versions else "")


def _extensions(answer: Mapping[str, Any] | None) -> Iterable[Option]:
    if answer is not None:
        aliases = sorted(str(item["alias"]) for item in answer["extensions"])
        yield option_of(_SECTION, "api_extensions", text_of(aliases), "GET /v3/extensions")


def _types(answer: Mapping[str, Any] | None) -> Iterable[Option]:
    """What the types' extra specs tell; everybody may see those that are used here."""
    if answer is None:
        return
    types: Sequence[Mapping[str, Any]] = answer["volume_types"]
    call = "GET /v3/types, extra specs"
    replicated = any(spec_is(one.get("extra_specs"), "replication_enabled") for one in types)
    yield option_of(_SECTION, "replication", text_of(replicated), call)
    shared = next((str(one["name"]) for one in types if spec_is(one.get("extra_specs"), "multiattach")), None)
    if shared is not None:
        yield option_of("volume", "volume_type_multiattach", shared, call)
        yield option_of("compute-feature-enabled", "volume_multiattach", "true", f"{call}: {shared}")


def _backup(service: ServiceLook, me: SignedInUser) -> Iterable[Option]:
    answer = service.maybe("os-services?binary=cinder-backup") if me.is_admin else None
    if answer is not None:
        states = [one.get("state") for one in answer["services"] if one.get("binary") == "cinder-backup"]
        yield option_of(_SECTION, "backup", text_of("up" in states), "GET /v3/os-services")
        return
    made = service.maybe("backups/detail?status=available&limit=1")
    if made is not None and made.get("backups"):
        yield option_of(_SECTION, "backup", "true", "GET /v3/backups/detail: there is one")
    else:
        yield guess(_SECTION, "backup", "false", "only administrators are told; set it where there is cinder-backup")


def _backends(service: ServiceLook, me: SignedInUser) -> Iterable[Option]:
    answer = service.maybe("scheduler-stats/get_pools?detail=true") if me.is_admin else None
    pools = [one for one in answer["pools"] if isinstance(one.get("capabilities"), dict)] if answer else []
    names = list(dict.fromkeys(_backend(pool) for pool in pools))
    if not names:
        yield guess(_SECTION, "multi_backend", "false", "only administrators are told of backends")
        return
    call = "GET /v3/scheduler-stats/get_pools"
    yield option_of(_SECTION, "multi_backend", text_of(len(names) > 1), call)
    yield option_of("volume", "backend_names", text_of(names), call)
    for name in ("storage_protocol", "vendor_name"):
        value = pools[0]["capabilities"].get(name)
        if isinstance(value, str) and value:
            yield Option("volume", name, value, Origin.CHOSEN, f"{call}, the first backend")


def _backend(pool: Mapping[str, Any]) -> str:
    """The name that volume types ask for; the middle of `host@backend#pool` where it is not told."""
    named = pool["capabilities"].get("volume_backend_name")
    return str(named or str(pool.get("name", "")).partition("@")[2].partition("#")[0])
