"""Keystone: where to sign in, which extensions and roles there are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from certmark.cloud.discovery.options import Option, Origin, text_of
from certmark.cloud.discovery.services.asking import ServiceLook, ServiceOptions, guess, option_of, role_among, where
from certmark.cloud.session import SignedInUser

_OPERATORS = ("swiftoperator", "swift_operator", "swift-operator", "objectstore_operator", "operator")
_MEMBERS = ("member", "_member_")
_EXTENSION = "/ext/"


def look_at_identity(service: ServiceLook, me: SignedInUser) -> ServiceOptions:
    """Where to sign in, which extensions there are, and which roles."""
    home = service.maybe("", Accept="application/json-home")
    listed = service.maybe("roles")
    roles = [str(role["name"]) for role in listed["roles"]] if listed else []
    options = [*_address(me), *_extensions(home), *_roles(roles)]
    return ServiceOptions(tuple(options))


def _address(me: SignedInUser) -> Iterable[Option]:
    entry = "of the cloud's entry"
    yield guess("identity", "auth_version", "v3", "the only version that clouds still have")
    yield Option("identity", "uri_v3", _v3(me.auth_url), Origin.GIVEN, f"auth_url {entry}")
    yield Option(
        "identity", "disable_ssl_certificate_validation", text_of(me.insecure), Origin.GIVEN, f"verify {entry}"
    )
    yield guess("identity-feature-enabled", "api_v2", "false", "removed from Keystone in 2018")
    yield option_of("identity-feature-enabled", "api_v3", "true", "POST /v3/auth/tokens signed us in")
    yield from where("identity", me, "v3_endpoint_type")
    if me.cacert:
        yield Option("identity", "ca_certificates_file", me.cacert, Origin.GIVEN, f"cacert {entry}")
    if me.user_domain == "Default" and me.user_domain_id not in {"", "default"}:
        yield option_of("identity", "default_domain_id", me.user_domain_id, "POST /v3/auth/tokens, the user's domain")
    proxy = _proxy(me.auth_url)
    if proxy:
        yield Option("service-clients", "proxy_url", proxy, Origin.GIVEN, "http_proxy or https_proxy of the shell")


def _extensions(home: Any) -> Iterable[Option]:
    """Keystone's extensions stand in its JSON home, and nowhere else."""
    resources = home.get("resources") if isinstance(home, dict) else None
    if not isinstance(resources, Mapping) or not resources:
        return
    call = "GET /v3 as application/json-home"
    names = sorted({str(name).partition(_EXTENSION)[2].partition("/")[0] for name in resources if _EXTENSION in name})
    yield option_of("identity-feature-enabled", "api_extensions", text_of(names), call)
    yield option_of("identity-feature-enabled", "trust", text_of("OS-TRUST" in names), call)
    if not any(str(name).endswith("/access_rules") for name in resources):
        yield option_of("identity-feature-enabled", "access_rules", "false", call)


def _roles(roles: Sequence[str]) -> Iterable[Option]:
    """What an administrator can see: ordinary users are not told which roles there are."""
    call = "GET /v3/roles"
    member = role_among(roles, _MEMBERS)
    if member is not None:
        yield Option("auth", "tempest_roles", member, Origin.CHOSEN, call)
    operator = role_among(roles, _OPERATORS) or member
    if operator is not None:
        yield Option("object-storage", "operator_role", operator, Origin.CHOSEN, call)
    reseller = role_among(roles, ("reselleradmin",))
    if reseller is not None:
        yield Option("object-storage", "reseller_admin_role", reseller, Origin.CHOSEN, call)
    admin = role_among(roles, ("admin",))
    if roles and admin not in {None, "admin"}:
        yield Option("identity", "admin_role", str(admin), Origin.CHOSEN, call)


def _v3(auth_url: str) -> str:
    bare = auth_url.rstrip("/")
    if bare.endswith("/v3"):
        return bare
    return f"{bare.removesuffix('/v2.0')}/v3"


def _proxy(url: str) -> str | None:
    """Tempest does not read the shell's proxies: it must be told."""
    if not any(os.environ.get(name) for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")):
        return None
    from requests.utils import get_environ_proxies

    return get_environ_proxies(url).get(urlsplit(url).scheme)
