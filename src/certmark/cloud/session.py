"""Signing in to a cloud as clouds.yaml or OS_* say, and what can go wrong, in a sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from certmark.cloud.authentication import checked_token, signing_in
from certmark.cloud.calls import calls_of, know_catalogue
from certmark.cloud.catalogue import (
    PREFERRED_TYPES,
    Endpoint,
    catalogue_of,
    endpoints_of,
    interfaces_of,
    versioned_url,
)
from certmark.cloud.client import Client, CloudAddress, VersionedClient, domain_of_user, is_admin
from certmark.cloud.cloud_entries import CloudEntry, read_entry
from certmark.cloud.connection import Connection
from certmark.cloud.errors import CloudError, NoProject, keep_secret
from certmark.cloud.regions import ChosenRegion, chosen_region, identity_region
from certmark.cloud.sdk import loader
from certmark.domain.phrases import some

_UNDERSCORED = frozenset({"service_available", "oslo_concurrency", "heat_plugin"})
"""Tempest's sections with an underscore; all others have a hyphen between words."""


class SignedInUser(NamedTuple):
    """Who the connection is signed in as."""

    cloud: str
    auth_url: str
    region: str
    interfaces: tuple[str, ...]
    """Of each service the first of these that it has."""
    user: str
    user_domain: str
    project: str
    project_id: str
    project_domain: str
    roles: tuple[str, ...]
    password: str | None
    """None where the entry signs in with something else."""
    cacert: str | None
    insecure: bool
    own: Mapping[str, Any]
    """What stands under `certmark:` in the cloud's entry of clouds.yaml."""
    config_folder: str | None
    """The folder of clouds.yaml."""
    user_domain_id: str = ""
    scope: str = ""
    """What the token is for, where it is for no project."""
    is_region_chosen: bool = False
    """Whether the region is one of several, or the only one, and nobody named it."""
    identity_region: str = ""
    """Where the catalogue has Keystone, which may stand in a region of its own."""

    @property
    def interface(self) -> str:
        """The preferred interface."""
        return self.interfaces[0]

    @property
    def is_admin(self) -> bool:
        """Whether it may make users of its own accord."""
        return is_admin(self.roles)

    def as_ordinary(self) -> SignedInUser:
        """The same one, doing without being an administrator."""
        return self._replace(roles=tuple(role for role in self.roles if role.lower() != "admin"))


def connect(os_cloud: str | None) -> Connection:
    """A connection to the cloud `os_cloud` of clouds.yaml (None: OS_CLOUD or OS_*), signed in.

    Raises CloudError; PasswordMissing where nobody names the password, or is there to be asked for it.
    """
    entry = read_entry(os_cloud)
    connection = _entered(entry)
    if not entry.is_by_region:
        return connection
    chosen = region_of(connection).name
    if chosen == connection.config.get_region_name():
        return connection
    connection.close()
    return _entered(read_entry(os_cloud, chosen)._replace(regions=entry.regions))


def _entered(entry: CloudEntry) -> Connection:
    connection = Connection(entry.config, file=entry.file, regions=entry.regions, others=entry.others)
    enter(connection)
    return connection


def enter(connection: Connection) -> None:
    """Sign in, and let nobody see the token but the servers of its catalogue. Raises CloudError."""
    place = _place(connection)
    calls_of(connection).know([("identity", place)])  # from the first call on
    for name in ("password", "application_credential_secret", "token", "passcode", "client_secret", "access_token"):
        keep_secret(str(connection.auth.get(name) or ""))
    catalogue = catalogue_of(_token(connection))
    if not catalogue:
        raise CloudError(
            f"{place} gave a token without a catalogue; name a project (project_name) in clouds.yaml, "
            "or give the user a role in it"
        )
    know_catalogue(connection.session, catalogue, place, connection.config.config)


def client_of(connection: Connection, *, region: str | None = None, seconds: float | None = None) -> Client:
    """A client for the user of a connection; `region` where it is not that of the cloud's entry.

    Raises CloudError where several regions may be meant.
    """
    return Client(connection.session, _address(connection, region), seconds=seconds)


def versioned_client_of(
    connection: Connection, *, region: str | None = None, types: Mapping[str, str | None] = {}
) -> VersionedClient:
    """Likewise, one that finds services as the cloud's entry and their version documents say.

    `types` are those under which the catalogue has services, where they differ from our words for them.
    """
    settings: Any = connection.config
    address = _address(connection, region)

    @cache
    def adapter_of(service: str) -> Any:
        name = types.get(service) or service
        if service != "identity":
            return settings.get_session_client(name, constructor=_adapter, **_in(address.region))
        at = identity_region(endpoints(connection), address.interfaces, address.region)
        if at is None:
            return _keystone(connection)
        return settings.get_session_client(name, constructor=_adapter, **_in(at))

    return VersionedClient(connection.session, address, adapter_of)


def _in(region: str) -> dict[str, str]:
    return {"region_name": region} if region else {}


_COUNTING = ("statsd_prefix", "statsd_client", "prometheus_counter", "prometheus_histogram", "influxdb_config",
             "influxdb_client")  # fmt: skip
"""What openstacksdk's own adapters report to, beside the adapter of keystoneauth that they are made of."""


def _adapter(**settings: Any) -> Any:
    """The adapter of keystoneauth with the settings that openstacksdk has for its own."""
    from keystoneauth1.adapter import Adapter

    return Adapter(**{name: value for name, value in settings.items() if name not in _COUNTING})


def _keystone(connection: Connection) -> Any:
    """Keystone where we signed in, for catalogues that have it nowhere."""
    from keystoneauth1.adapter import Adapter

    url = versioned_url({"identity": str(connection.auth.get("auth_url"))}, "identity")
    return Adapter(session=connection.session, service_type="identity", endpoint_override=url)


def endpoints(connection: Connection) -> tuple[Endpoint, ...]:
    """The whole catalogue. Raises CloudError."""
    return endpoints_of(_token(connection))


def region_of(connection: Connection) -> ChosenRegion:
    """The region that is looked at. Raises CloudError where several may be meant."""
    named = "" if connection.regions else str(connection.config.get_region_name() or "")
    return chosen_region(endpoints(connection), _interfaces(connection), named, connection.regions)


def overrides_of(connection: Connection) -> dict[str, str]:
    """Our word for a service -> the address that the cloud's entry has for it in the place of the catalogue's."""
    if not any(key.endswith(("_endpoint_override", "_endpoint")) for key in connection.config.config):
        return {}
    found = {name: connection.config.get_endpoint(name) for name in PREFERRED_TYPES if name != "identity"}
    return {name: str(url) for name, url in found.items() if url}


def _interfaces(connection: Connection, service: str | None = None) -> tuple[str, ...]:
    return interfaces_of(connection.config.get_interface(service))


def _address(connection: Connection, region: str | None) -> CloudAddress:
    verify, _certificate = connection.config.get_requests_verify_args()
    return CloudAddress(
        str(connection.auth.get("auth_url") or ""),
        region_of(connection).name if region is None else region,
        _interfaces(connection),
        verify,
        overrides_of(connection),
    )


def who(connection: Connection) -> SignedInUser:
    """Who `connection` is signed in as. Raises CloudError."""
    region: Any = connection.config
    access = _token(connection)
    domain = domain_of_user(access)
    verify, _cert = region.get_requests_verify_args()
    return SignedInUser(
        cloud=str(region.name or region.config.get("cloud") or "envvars"),
        auth_url=str(connection.auth.get("auth_url", "")),
        region="" if connection.regions else str(region.get_region_name() or ""),
        interfaces=_interfaces(connection),
        user=str(access.username or connection.auth.get("username") or ""),
        user_domain=str(domain.name or "Default"),
        project=str(access.project_name or ""),
        project_id=str(access.project_id or ""),
        project_domain=str(access.project_domain_name or "Default"),
        roles=tuple(access.role_names or ()),
        password=connection.auth.get("password"),
        cacert=verify if isinstance(verify, str) else None,
        insecure=verify is False,
        own=_own(region.config.get("certmark")),
        config_folder=str(connection.file.absolute().parent) if connection.file else None,
        user_domain_id=str(domain.id or ""),
        scope=_scope(access),
    )


def _scope(access: Any) -> str:
    """What the token is for, where it is for no project."""
    if access.project_id:
        return ""
    return "the whole system (system_scope)" if access.system_scoped else "a domain" if access.domain_id else "nothing"


def demand_project(connection: Connection, me: SignedInUser) -> None:
    """Raises NoProject where the token is for none, in which tests could make things."""
    if not me.scope:
        return
    other = f", or sign in with the entry {some(connection.others, 3)}" if connection.others else ""
    raise NoProject(
        f"the entry {me.cloud} signs in to {me.scope}, and tests need a project; name project_name and "
        f"project_domain_name under auth in the place of system_scope or domain_name{other}"
    )


def _own(entry: Any) -> dict[str, Any]:
    """What stands under `certmark:`, with options as they were written: openstacksdk turns every `-` into `_`."""
    own = dict(entry) if isinstance(entry, dict) else {}
    if own.get("options") is not None and not isinstance(own["options"], dict):
        raise CloudError("clouds.yaml: certmark.options is no list of `section.name: value`; correct it")
    if own.get("options"):
        own["options"] = {_as_written(str(name)): value for name, value in own["options"].items()}
    return own


def _as_written(name: str) -> str:
    section, dot, option = name.partition(".")
    return (section if section in _UNDERSCORED else section.replace("_", "-")) + dot + option


def _token(connection: Connection) -> Any:
    provider = connection.auth if _is_federated(connection) else {}
    with signing_in(_place(connection), _means(connection), elsewhere=provider):
        return checked_token(connection.session)


def _is_federated(connection: Connection) -> bool:
    """Whether an identity provider is asked before Keystone is."""
    kind = str(connection.config.config.get("auth_type"))
    return any(word in kind for word in ("oidc", "saml", "adfs", "kerberos"))


def _place(connection: Connection) -> str:
    return str(connection.auth.get("auth_url") or "Keystone")


def _means(connection: Connection) -> str:
    region: Any = connection.config
    kind = str(region.config.get("auth_type") or "password")
    return {
        "password": "user name, password, project or domain",
        "v3password": "user name, password, project or domain",
        "token": "token (it may have expired)",
        "v3token": "token (it may have expired)",
        "v3applicationcredential": "application credential (it may have expired)",
    }.get(kind, f"credentials ({kind})")


def address_of(os_cloud: str, region: str | None) -> tuple[str, str]:
    """The address of its identity service and its region, as far as clouds.yaml tells; empty where it does not.

    What is wrong with the entry is not said here: whoever signs in says it.
    """
    named = {} if region is None else {"region_name": region}
    try:
        found: Any = loader().OpenStackConfig(app_name="certmark").get_one(cloud=os_cloud, **named)
    except Exception:  # noqa: BLE001 - the library raises families of its own, and what YAML raises
        return "", region or ""
    auth = found.config.get("auth") or {}
    return str(auth.get("auth_url") or "").rstrip("/"), str(found.config.get("region_name") or region or "")
