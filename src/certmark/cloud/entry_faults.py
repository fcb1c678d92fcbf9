"""What is wrong with a cloud's entry of clouds.yaml, or with OS_*: one sentence, which names the line.

openstacksdk raises families of its own, those of keystoneauth and whatever Python raises in between; none of
that reaches a person.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from typing import Any

from certmark.cloud.catalogue import PREFERRED_TYPES
from certmark.cloud.clouds_files import CONFIG_FILE, clouds_file, line_of_entry, places
from certmark.cloud.errors import CloudError, Undescribed, WrongRegion, first_line
from certmark.domain.advice import Action, Advice

_WITHOUT_ADDRESS = frozenset({"none", "admin_token", "noauth", "http_basic"})
_TYPE_OF_KEY: Mapping[str, str] = {
    "application_credential_id": "v3applicationcredential",
    "application_credential_name": "v3applicationcredential",
    "application_credential_secret": "v3applicationcredential",
    "token": "v3token",
    "passcode": "v3totp",
    "discovery_endpoint": "v3oidcpassword",
    "identity_provider": "v3oidcpassword",
    "identity_provider_url": "v3samlpassword",
    "access_token": "v3oidcaccesstoken",
}
"""Keys under `auth` that need another way to sign in than with a password, which is taken where none is named."""
_LIBRARIES: Mapping[str, str] = {
    "v3samlpassword": "lxml",
    "v3adfspassword": "lxml",
    "v3kerberos": "requests-kerberos",
    "v3oauth1": "oauthlib",
}
"""What ways to sign in need beside keystoneauth."""


def unknown_cloud(named: str, names: list[str]) -> CloudError:
    """There is no such entry: which there are, or where they were looked for."""
    path = clouds_file()
    if path is None:
        return Undescribed(
            f"there is no clouds.yaml, so no cloud {named!r}: it was looked for in {', '.join(places())}; "
            f"put one there, or set {CONFIG_FILE}"
        )
    near = difflib.get_close_matches(named, names, 1, 0.6)
    likely = f"; did you mean {near[0]}?" if near else ";"
    has = f"it has {', '.join(names[:8])}{', …' if len(names) > 8 else ''}" if names else "it has none"
    return Undescribed(f"{path} has no cloud {named!r}{likely} {has}", Advice(Action.NAME_OTHER_CLOUD))


def unnamed_cloud(known: Any) -> CloudError:
    """Nothing says which cloud is meant; those of clouds.yaml are listed."""
    names = [name for name in known.cloud_config["clouds"] if name not in {"defaults", "envvars"}]
    has = f"; {known.config_filename} has {', '.join(names[:8])}" if names else ""
    return Undescribed(
        f"no cloud is named, neither by OS_CLOUD nor by OS_AUTH_URL and the rest{has}", Advice(Action.NAME_CLOUD)
    )


def demand_address(found: Any, named: str | None, known: Any) -> None:
    """Raises Undescribed where the entry does not say, in a URL, where Keystone is."""
    if found.config.get("auth_type") in _WITHOUT_ADDRESS:
        raise Undescribed(
            f"{_entry(named)} signs in by {found.config['auth_type']}, without Keystone; name a user of Keystone: "
            "auth_url, username, password and project_name under auth"
        )
    url = (found.config.get("auth") or {}).get("auth_url")
    if not url:
        if named is None:
            raise unnamed_cloud(known)
        profile = known.cloud_config["clouds"][named].get("profile")
        because = f", and no profile {profile} is known" if profile else ""
        raise Undescribed(f"{_entry(named)} has no auth_url{because}; add it under auth: where Keystone is")
    if not re.match(r"https?://[^/\s]", str(url)):
        raise Undescribed(
            f"{_entry(named)} has the auth_url {_shown(str(url))!r}, which is no http:// or https:// address; "
            "write it as https://HOST:5000/v3"
        )


def _shown(url: str) -> str:
    return re.sub(r"[^/@]*@", "…@", url)[:120]


def demand_sound(found: Any, named: str | None, clouds: Mapping[str, Any]) -> None:
    """Raises Undescribed where it breaks over what is asked of it later: a session, interfaces and addresses."""
    has_own = any(key.endswith(("_interface", "_endpoint", "_endpoint_override")) for key in found.config)
    try:
        found.get_session()
        for service in (None, *(PREFERRED_TYPES if has_own else ())):
            interface = found.get_interface(service)
            "".join([interface] if isinstance(interface, str) else interface or [])
            _ = found.get_endpoint(service) if service else None
    except Exception as error:
        raise unread(error, named, clouds) from error


def unread(error: Exception, named: str | None, clouds: Mapping[str, Any]) -> CloudError:
    """What openstacksdk, keystoneauth or Python raised over an entry, in a sentence without their insides."""
    if "is not a valid region" in str(error):
        return WrongRegion(_region_sentence(_entry(named), str(error)))
    entry = clouds.get(named) if named is not None else {}
    entry = entry if isinstance(entry, dict) else {}
    auth_type = entry.get("auth_type") if named is not None else os.environ.get("OS_AUTH_TYPE")
    return Undescribed(f"{_entry(named)} {_fault(error, auth_type, entry.get('profile'))}")


def _fault(error: Exception, auth_type: object, profile: object) -> str:  # noqa: PLR0911 - one sentence for each kind of fault
    from keystoneauth1 import exceptions as ka
    from openstack import exceptions as sdk

    match error:
        case ka.MissingRequiredOptions():
            return f"is not described whole: {_missing(error)}; add it under auth"
        case ka.NoMatchingPlugin():
            return f"asks for a way to sign in that is not known: {_near_type(error.name)}"
        case ka.AuthPluginException():
            return f"is not described whole: {first_line(error)}"
        case sdk.ConfigException() if "<class" not in str(error):
            return f"is not described well: {first_line(error)}; mend clouds.yaml"
        case TypeError() if (odd := re.search(r"unexpected keyword argument '(\w+)'", str(error))) is not None:
            return _odd_key(odd[1], auth_type)
        case TypeError() if (
            lack := re.search(r"missing \d+ required [a-z -]*arguments?: (.*)", str(error))
        ) is not None:
            return f"is not described whole: {auth_type} needs {first_line(ValueError(lack[1]))}; add it under auth"
        case OSError() if profile:
            return (
                f"names the profile {profile}, which its vendor's server did not give; check the network, or write "
                "auth_url and the rest into the entry and leave out the profile"
            )
        case KeyError():
            return f"has a value with {{{first_line(error, 40)}}} in it, which names no key of it"
        case RecursionError():
            return "is nested too deeply; mend it"
    way = f" by {auth_type}" if auth_type else ""
    library = _LIBRARIES.get(str(auth_type))
    lacks = f", or the library {library} is not installed" if library else ""
    return (
        f"cannot be signed in with{way}: a key of it has a value of the wrong kind{lacks}; "
        "compare it with docs.openstack.org/openstacksdk"
    )


def _entry(named: str | None) -> str:
    """How an entry is called in a sentence."""
    if named is None:
        return "the cloud of OS_*"
    try:
        path = clouds_file()
    except CloudError:
        path = None
    line = line_of_entry(path, named) if path is not None else None
    at = f"{path.name}, line {line}: " if path is not None and line is not None else ""
    return f"{at}the entry {named}"


def _missing(error: Any) -> str:
    names = [str(option.dest) for option in getattr(error, "options", ())]
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} missing" if names else "something is missing"


def _near_type(name: object) -> str:
    from keystoneauth1 import loading

    known = sorted(loading.get_available_plugin_names())
    near = difflib.get_close_matches(str(name), known, 1, 0.6)
    return f"auth_type {str(name)[:60]!r}" + (f"; did you mean {near[0]}?" if near else "; mend or remove auth_type")


def _odd_key(key: str, auth_type: object) -> str:
    wanted = _TYPE_OF_KEY.get(key)
    if wanted is None or auth_type:
        return f"has {key} under auth, which auth_type {auth_type or 'password'} does not take; mend or remove it"
    return f"has {key} and no auth_type; add auth_type: {wanted} beside auth"


def _region_sentence(where: str, text: str) -> str:
    found = re.search(r"Region (.*) is not a valid region name.*Valid choices are (.*)\. Please", text)
    if found is None:
        return f"{where} has no such region"
    return f"{where} has no region {found[1]}; it has {found[2].replace(',', ', ')}: name one of them"
