"""Signing in to a cloud as clouds.yaml or OS_* say, and what can go wrong, in a sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from certmark.cloud.calls import calls_of, know_catalogue
from certmark.cloud.errors import CloudError, first_line, keep_secret
from certmark.cloud.explaining import incomplete, why
from certmark.cloud.timeouts import in_proportion

if TYPE_CHECKING:
    from openstack.connection import Connection

_UNNAMED = "no cloud is named: give --os-cloud NAME of clouds.yaml, or set OS_CLOUD or OS_AUTH_URL and the rest"
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
        return "admin" in {role.lower() for role in self.roles}

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

    _hush()
    try:
        loader = openstack.config.OpenStackConfig(app_name="certmark")
        region: Any = loader.get_one(**_chosen(os_cloud))
    except sdk.ConfigException as error:
        raise CloudError(_no_entry(os_cloud, error)) from error
    except ka.MissingRequiredOptions as error:
        raise CloudError(_UNNAMED if "auth_url" in str(error) and not os_cloud else incomplete(error)) from error
    except Exception as error:
        raise CloudError(f"clouds.yaml cannot be understood: {first_line(error)}; mend it") from error
    region.config.setdefault("api_timeout", in_proportion(CONNECT_SECONDS))
    _demand_credentials(region)
    region._certmark_file = getattr(loader, "config_filename", None)  # noqa: SLF001 - ours, to find files beside it
    connection = openstack.connection.Connection(config=region)
    calls_of(connection).know([("identity", _place(connection))])  # from the first call on
    for name in ("password", "application_credential_secret", "token", "passcode"):
        keep_secret((region.config.get("auth") or {}).get(name))
    with _keystone_at(_place(connection)):
        _sign_in(connection)
    return connection


@contextmanager
def _keystone_at(place: str) -> Iterator[None]:
    """Whatever a token that is none breaks in the libraries below, as one sentence."""
    try:
        yield
    except (CloudError, KeyboardInterrupt):
        raise
    except (AttributeError, KeyError, TypeError, ValueError, IndexError, RecursionError) as error:
        raise CloudError(f"{place} answers, but not as Keystone v3 does; check auth_url in clouds.yaml") from error


def who(connection: Connection) -> SignedInUser:
    """Who `connection` is signed in as. Raises CloudError."""
    import os

    region: Any = connection.config
    auth: Mapping[str, Any] = region.config.get("auth", {})
    access = _access(connection)
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
        config_folder=os.path.dirname(os.path.abspath(file)) if file else None,
        user_domain_id=str(access.user_domain_id or ""),
    )


def _chosen(os_cloud: str | None) -> dict[str, Any]:
    """Which entry, and which region of it: as for the `openstack` command, OS_REGION_NAME stands over the entry's."""
    import os

    region = os.environ.get("OS_REGION_NAME")
    is_entry = os_cloud or os.environ.get("OS_CLOUD")  # else the library reads it itself, beside the other OS_*
    return ({"cloud": os_cloud} if os_cloud else {}) | ({"region_name": region} if is_entry and region else {})


def _hush() -> None:
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
    if isinstance(own.get("options"), dict):
        own["options"] = {_as_written(str(name)): value for name, value in own["options"].items()}
    return own


def _as_written(name: str) -> str:
    section, dot, option = name.partition(".")
    return (section if section in _UNDERSCORED else section.replace("_", "-")) + dot + option


def _no_entry(os_cloud: str | None, error: Exception) -> str:
    if os_cloud is not None and "was not found" in str(error):
        return (
            f"clouds.yaml has no cloud {os_cloud!r}; name one that it has with --os-cloud, or set OS_CLIENT_CONFIG_FILE"
        )
    return f"the cloud {os_cloud or 'in OS_*'} is not described well: {first_line(error)}; mend clouds.yaml"


def _demand_credentials(region: Any) -> None:
    auth = region.config.get("auth") or {}
    if region.config.get("auth_type") in {"none", "admin_token"} or auth.get("auth_url"):
        return
    raise CloudError(
        "no cloud is named: give --os-cloud NAME of clouds.yaml, or set OS_CLOUD or OS_AUTH_URL and the rest"
    )


def _sign_in(connection: Connection) -> None:
    access = _access(connection)
    _look_at(access)
    if not access.has_service_catalog() or not access.service_catalog.catalog:
        raise CloudError(
            f"{_place(connection)} gave a token without a catalogue; name a project (project_name) in clouds.yaml, "
            "or give the user a role in it"
        )
    know_catalogue(connection, access.service_catalog.catalog, _place(connection))


def _look_at(access: Any) -> None:
    """Break here, at once, over a token that is none; what is no endpoint is taken out of its catalogue."""
    told = (access.expires, access.user_id, access.username, access.user_domain_name, access.project_name)
    if not all(isinstance(one, str | None) for one in told[1:]):
        raise TypeError
    tuple(map(str, access.role_names or ()))
    catalogue = access.service_catalog.catalog if access.has_service_catalog() else None
    if not isinstance(catalogue, list):
        return
    catalogue[:] = [entry for entry in catalogue if isinstance(entry, dict)]
    for entry in catalogue:
        points = entry.get("endpoints")
        entry["endpoints"] = [point for point in points if isinstance(point, dict)] if isinstance(points, list) else []


def _access(connection: Connection) -> Any:
    from keystoneauth1 import exceptions as ka
    from openstack import exceptions as sdk

    try:
        session: Any = connection.session
        return session.auth.get_access(session)
    except (ka.ClientException, sdk.SDKException, OSError, ValueError) as error:
        raise CloudError(why(error, _place(connection), _means(connection))) from error


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
