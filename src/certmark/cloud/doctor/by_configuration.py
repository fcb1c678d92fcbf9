"""A connection to the cloud that a tempest.conf describes, as one of its own users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from certmark.cloud.accounts_file import Account
from certmark.cloud.connection import Connection
from certmark.cloud.discovery.conf_files import region_in
from certmark.cloud.errors import CloudError, first_line
from certmark.cloud.sdk import hush_libraries, loader
from certmark.cloud.session import enter
from certmark.cloud.timeouts import CONNECT_SECONDS, scaled


class NotDescribed(CloudError):
    """The configuration does not say whom to sign in as, or where, in a way that is known here."""


def connect_by(options: Mapping[str, str], accounts: Sequence[Account]) -> Connection:
    """A connection as the configuration's administrator, else as the first of the `accounts`. Raises CloudError."""
    openstack = loader()
    from openstack import exceptions as sdk

    hush_libraries()
    auth_url = options.get("identity.uri_v3") or options.get("identity.uri")
    if not auth_url:
        raise NotDescribed("the cloud is not described: the tempest.conf has no identity.uri_v3; add it")
    entry: dict[str, Any] = {
        "auth_type": "v3password",
        "auth": {"auth_url": auth_url, **_user(options, accounts)},
        "region_name": region_in(options) or None,
        "interface": options.get("identity.v3_endpoint_type", "public"),
        "verify": options.get("identity.disable_ssl_certificate_validation", "false").lower() not in {"true", "1"},
        "cacert": options.get("identity.ca_certificates_file") or None,
        "api_timeout": scaled(CONNECT_SECONDS),
    }
    try:
        known = openstack.OpenStackConfig(load_yaml_config=False, load_envvars=False, app_name="certmark")
        connection = Connection(known.get_one(**{name: value for name, value in entry.items() if value is not None}))
    except sdk.SDKException as error:
        raise CloudError(f"the cloud is not described well by the tempest.conf: {first_line(error)}") from error
    enter(connection)
    return connection


def _user(options: Mapping[str, str], accounts: Sequence[Account]) -> dict[str, str]:
    name = options.get("auth.admin_username")
    if name and not accounts:
        domain = options.get("auth.admin_domain_name", "Default")
        return {
            "username": name,
            "password": options.get("auth.admin_password", ""),
            "project_name": options.get("auth.admin_project_name", ""),
            "user_domain_name": options.get("auth.admin_user_domain_name", domain),
            "project_domain_name": options.get("auth.admin_project_domain_name", domain),
        }
    plain = next((account for account in accounts if not account.is_reader and account.project), None)
    if plain is None:
        raise NotDescribed("the cloud is not described: neither the tempest.conf nor its accounts file names a user")
    entry = plain.document
    domain = str(entry.get("domain_name") or options.get("auth.default_credentials_domain_name") or "Default")
    return {
        "username": plain.username,
        "password": str(entry["password"]),
        "project_name": plain.project,
        "user_domain_name": str(entry.get("user_domain_name") or domain),
        "project_domain_name": str(entry.get("project_domain_name") or domain),
    }
