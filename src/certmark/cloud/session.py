"""Signing in to a cloud as clouds.yaml or OS_* say, and what can go wrong, in a sentence each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from certmark.cloud.authentication import checked_token, signing_in
from certmark.cloud.calls import calls_of, know_catalogue
from certmark.cloud.catalogue import catalogue_of
from certmark.cloud.client import Client, CloudAddress, VersionedClient, is_admin
from certmark.cloud.errors import CloudError, first_line, keep_secret
from certmark.cloud.explaining import explain, incomplete
from certmark.cloud.timeouts import scaled
from certmark.domain.advice import Action, Advice

if TYPE_CHECKING:
    from openstack.connection import Connection

_UNDERSCORED = frozenset({"service_available", "oslo_concurrency", "heat_plugin"})
"""Tempest's sections with an underscore; all others have a hyphen between words."""
CONNECT_SECONDS = 10.0
"""For an answer to one request while signing in and looking around, unless clouds.yaml has `api_timeout`."""


class SignedInUser(NamedTuple):
    """Who the connection is signed in as."""

    cloud: str
    auth_url: str
    region: str
    interface: str
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

    @property
    def is_admin(self) -> bool:
        """Whether it may make users of its own accord."""
        return is_admin(self.roles)

    def as_ordinary(self) -> SignedInUser:
        """The same one, doing without being an administrator."""
        return self._replace(roles=tuple(role for role in self.roles if role.lower() != "admin"))


def connect(os_cloud: str | None) -> Connection:
    """A connection to the cloud `os_cloud` of clouds.yaml (None: OS_CLOUD or OS_*), signed in.

    Raises CloudError.
    """
    import openstack
    from keystoneauth1 import exceptions as ka
    from openstack import exceptions as sdk

    hush_libraries()
    try:
        loader = openstack.config.OpenStackConfig(app_name="certmark")
        region: Any = loader.get_one(**_selection(os_cloud))
    except sdk.ConfigException as error:
        raise _no_entry(os_cloud, error) from error
    except ka.MissingRequiredOptions as error:
        raise _unnamed() if "auth_url" in str(error) and not os_cloud else CloudError(incomplete(error)) from error
    except Exception as error:
        raise CloudError(f"clouds.yaml cannot be understood: {first_line(error)}; mend it") from error
    region.config.setdefault("api_timeout", scaled(CONNECT_SECONDS))
    _demand_credentials(region)
    region._certmark_file = getattr(loader, "config_filename", None)  # noqa: SLF001 - ours, to find files beside it
    connection = openstack.connection.Connection(config=region)
    enter(connection)
    return connection


def enter(connection: Connection) -> None:
    """Sign in, and let nobody see the token but the servers of its catalogue. Raises CloudError."""
    region: Any = connection.config
    place = _place(connection)
    calls_of(connection).know([("identity", place)])  # from the first call on
    for name in ("password", "application_credential_secret", "token", "passcode"):
        keep_secret((region.config.get("auth") or {}).get(name))
    with signing_in(place, _means(connection)):
        catalogue = catalogue_of(_token(connection))
        if not catalogue:
            raise CloudError(
                f"{place} gave a token without a catalogue; name a project (project_name) in clouds.yaml, "
                "or give the user a role in it"
            )
        know_catalogue(connection.session, catalogue, place, region.config)


def client_of(connection: Connection, *, region: str | None = None, seconds: float | None = None) -> Client:
    """A client for the user of a connection; `region` where it is not that of the cloud's entry."""
    return Client(connection.session, _address(connection, region), seconds=seconds)


def versioned_client_of(
    connection: Connection, *, region: str | None = None, types: Mapping[str, str | None] = {}
) -> VersionedClient:
    """Likewise, one that finds services as the cloud's entry and their version documents say.

    `types` are those under which the catalogue has services, where they differ from our words for them.
    """
    settings: Any = connection.config
    where = {"region_name": region} if region else {}

    @cache
    def adapter_of(service: str) -> Any:
        return settings.get_session_client(types.get(service) or service, **where)

    return VersionedClient(connection.session, _address(connection, region), adapter_of)


def _address(connection: Connection, region: str | None) -> CloudAddress:
    settings: Any = connection.config
    verify, _certificate = settings.get_requests_verify_args()
    return CloudAddress(
        str((settings.config.get("auth") or {}).get("auth_url") or ""),
        str(settings.get_region_name() or "") if region is None else region,
        str(settings.get_interface() or "public"),
        verify,
    )


def who(connection: Connection) -> SignedInUser:
    """Who `connection` is signed in as. Raises CloudError."""
    region: Any = connection.config
    auth: Mapping[str, Any] = region.config.get("auth", {})
    with signing_in(_place(connection), _means(connection)):
        access = _token(connection)
    verify, _cert = region.get_requests_verify_args()
    file = getattr(region, "_certmark_file", None)
    return SignedInUser(
        cloud=str(region.name or region.config.get("cloud") or "envvars"),
        auth_url=str(auth.get("auth_url", "")),
        region=str(region.get_region_name() or ""),
        interface=str(region.get_interface() or "public"),
        user=str(access.username or auth.get("username") or ""),
        user_domain=str(access.user_domain_name or "Default"),
        project=str(access.project_name or ""),
        project_id=str(access.project_id or ""),
        project_domain=str(access.project_domain_name or "Default"),
        roles=tuple(access.role_names or ()),
        password=auth.get("password"),
        cacert=verify if isinstance(verify, str) else None,
        insecure=verify is False,
        own=_own(region.config.get("certmark")),
        config_folder=str(Path(file).absolute().parent) if file else None,
        user_domain_id=str(access.user_domain_id or ""),
    )


def _selection(os_cloud: str | None) -> dict[str, Any]:
    """Which entry, and which region of it: as for the `openstack` command, OS_REGION_NAME stands over the entry's."""
    region = os.environ.get("OS_REGION_NAME")
    is_entry = os_cloud or os.environ.get("OS_CLOUD")  # else the library reads it itself, beside the other OS_*
    return ({"cloud": os_cloud} if os_cloud else {}) | ({"region_name": region} if is_entry and region else {})


def hush_libraries() -> None:
    """The libraries' own warnings would stand beside our sentence."""
    import logging
    import warnings

    # Of their own past and future; a person at the terminal can do nothing about them.
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"openstack|keystoneauth1|stevedore")
    for category in _families():
        warnings.simplefilter("ignore", category=category)
    for name in ("keystoneauth", "openstack", "stevedore", "urllib3"):
        logging.getLogger(name).addHandler(logging.NullHandler())


def _families() -> tuple[type[Warning], ...]:
    from openstack import warnings as theirs

    return tuple(found for found in vars(theirs).values() if isinstance(found, type) and issubclass(found, Warning))


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


def _no_entry(os_cloud: str | None, error: Exception) -> CloudError:
    if os_cloud is not None and "was not found" in str(error):
        return CloudError(f"clouds.yaml has no cloud {os_cloud!r}", Advice(Action.NAME_OTHER_CLOUD))
    return CloudError(f"the cloud {os_cloud or 'in OS_*'} is not described well: {first_line(error)}; mend clouds.yaml")


def _unnamed() -> CloudError:
    return CloudError(
        "no cloud is named, neither by OS_CLOUD nor by OS_AUTH_URL and the rest", Advice(Action.NAME_CLOUD)
    )


def _demand_credentials(region: Any) -> None:
    auth = region.config.get("auth") or {}
    if region.config.get("auth_type") not in {"none", "admin_token"} and not auth.get("auth_url"):
        raise _unnamed()


def _token(connection: Connection) -> Any:
    from openstack import exceptions as sdk

    try:
        return checked_token(connection.session)
    except sdk.SDKException as error:
        raise CloudError(explain(error, _place(connection), _means(connection))) from error


def _place(connection: Connection) -> str:
    region: Any = connection.config
    return str((region.config.get("auth") or {}).get("auth_url") or "Keystone")


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
    import openstack.config

    named = {} if region is None else {"region_name": region}
    try:
        loader: Any = openstack.config.OpenStackConfig(app_name="certmark")
        found: Any = loader.get_one(cloud=os_cloud, **named)
    except Exception:  # noqa: BLE001 - the library raises families of its own, and what YAML raises
        return "", region or ""
    auth = found.config.get("auth") or {}
    return str(auth.get("auth_url") or "").rstrip("/"), str(found.config.get("region_name") or region or "")
