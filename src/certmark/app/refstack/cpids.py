"""The id that RefStack's client gave a cloud (`cpid`), found as it did, so that both say the same of one cloud.

1. Of a cloud that was tested: the id of the identity service in its catalogue.
2. Where nobody can sign in, or of results that were made before: MD5 of the host name in the address of Keystone.

So one cloud may have two of them. It is a name of history: by nothing else do we tell clouds apart with it.
"""

from __future__ import annotations

from pathlib import Path

from certmark.cloud.accounts_file import read_accounts
from certmark.cloud.discovery.conf_files import SECRETS, read_conf, read_secrets
from certmark.cloud.discovery.tempest_conf import accounts_file_of
from certmark.cloud.doctor.by_configuration import connect_by
from certmark.cloud.errors import CloudError
from certmark.cloud.identities import catalog_id
from certmark.domain.errors import InvalidRequest
from certmark.domain.remarks import Listener, Remark
from certmark.domain.subject_identities import md5_of_host

_UNCHECKED = {"identity.disable_ssl_certificate_validation": "true"}


def cpid_of_endpoint(endpoint: str) -> str:
    """By the address of Keystone. Raises InvalidRequest for one that names no host."""
    found = md5_of_host(endpoint)
    if found is None:
        raise InvalidRequest(
            f"{endpoint!r} is no address of Keystone; one looks like https://keystone.example.org:5000"
        )
    return found


def cpid_of_cloud(conf: Path, listen: Listener, *, is_checked: bool = True) -> str:
    """Of the cloud that a tempest.conf describes, and how it was found is told. Raises InvalidRequest or CloudError."""
    secrets = read_secrets(conf.with_name(SECRETS))
    options = {option.key: option.value for option in (*read_conf(conf, secrets), *secrets)}
    keystone = options.get("identity.uri_v3") or options.get("identity.uri") or ""
    if not is_checked:
        options |= _UNCHECKED
        text = f"nobody checks who answers as {keystone}: whoever is on the way there can read the password"
        listen(Remark(text, is_important=True))
    accounts = accounts_file_of(conf, options)
    users = () if accounts is None else read_accounts(accounts)
    try:
        with connect_by(options, users) as connection:
            found = catalog_id(connection)
        why = "its catalogue has no identity service"
    except CloudError as error:
        found, why = None, str(error)
    if found is not None:
        listen(Remark(f"RefStack knows the cloud as {found}: the id of the identity service in its catalogue"))
        return found
    found = cpid_of_endpoint(keystone)
    text = f"RefStack knows the cloud as {found}: MD5 of the host name of Keystone, for {why}"
    listen(Remark(text, is_important=True))
    return found
