"""clouds.yaml and secure.yaml as files: where they are looked for, and what is wrong in them, with the line.

openstacksdk skips a file that it cannot read, and breaks over one whose shape it does not expect. Both are told
here, before it is asked.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from certmark.cloud.errors import Undescribed
from certmark.cloud.sdk import loader

CONFIG_FILE, SECURE_FILE = "OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE"
"""Variables that name the files."""
_LARGEST = 4 << 20
_KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    **dict.fromkeys(("auth_type", "profile", "cloud", "cacert", "cert", "key"), ((str,), "text")),
    **dict.fromkeys(("interface", "endpoint_type", "region_name"), ((str, list), "text, or a list of texts")),
    **dict.fromkeys(("regions", "networks"), ((list,), "a list")),
    "api_timeout": ((int, float), "a number of seconds"),
    "certmark": ((dict,), "a mapping"),
}
"""What keys of an entry must be, where openstacksdk would break over anything else."""
_TEXTS = ("auth_url", "username", "password", "project_name", "user_domain_name", "project_domain_name")


def clouds_file() -> Path | None:
    """The clouds.yaml that is read; None where there is none. Raises CloudError where one is named and not there."""
    return _first(CONFIG_FILE, loader().CONFIG_FILES)


def secure_file() -> Path | None:
    """Likewise the file of secrets beside it."""
    return _first(SECURE_FILE, loader().SECURE_FILES)


def places() -> tuple[str, ...]:
    """The folders in which clouds.yaml is looked for."""
    return tuple(dict.fromkeys(str(Path(name).parent) for name in loader().CONFIG_FILES))


def check_files(named: str | None) -> None:
    """Raises CloudError where a file cannot be read, or has not the shape that the entry `named` needs."""
    secure = secure_file()
    if secure is not None:
        _mapping(document_in(secure), secure)
    path = clouds_file()
    if path is None:
        return
    document = document_in(path)
    if named is None and not document:
        return
    top = _mapping(document, path)
    if "clouds" not in top:
        has = f"; it has {_names(top)}" if top else ""
        raise Undescribed(f"{path} has no `clouds:` at the top{has}: write the entries of your clouds below it")
    clouds = top["clouds"]
    if not isinstance(clouds, dict):
        raise Undescribed(
            f"{path}, line {_line(path, 'clouds')}: `clouds:` must have a name and below it an entry for each cloud, "
            f"not {_kind(clouds)}"
        )
    if named in clouds:
        _check_entry(path, str(named), clouds[named])


def _check_entry(path: Path, name: str, entry: object) -> None:
    where = f"{path}, line {_line(path, 'clouds', name)}: the entry {name}"
    if not isinstance(entry, dict):
        raise Undescribed(f"{where} must have keys such as auth and region_name, and is {_kind(entry)}; mend it")
    for key, (kinds, words) in _KINDS.items():
        if entry.get(key) is not None and not isinstance(entry[key], kinds):
            raise Undescribed(f"{where}: {key} must be {words}, and is {_kind(entry[key])}; mend it")
    auth = entry.get("auth", {})
    if not isinstance(auth, dict):
        raise Undescribed(
            f"{where}: its `auth:` must have keys such as auth_url and username, and is {_kind(auth)}; mend it"
        )
    odd = next((key for key in _TEXTS if not isinstance(auth.get(key, ""), str | None)), None)
    if odd is not None:
        raise Undescribed(f"{where}: {odd} must be text, and is {_kind(auth[odd])}; put it in quotation marks")


def line_of_entry(path: Path, name: str) -> int | None:
    """The line in which the entry `name` begins."""
    found = _line(path, "clouds", name)
    return found if isinstance(found, int) else None


def _first(variable: str, usual: Sequence[str]) -> Path | None:
    named = os.environ.get(variable)
    if named:
        path = Path(named)
        if not path.exists():
            raise Undescribed(f"{variable} names {named}, which is not there; mend or unset it")
        return path
    return next((Path(name) for name in usual if Path(name).exists()), None)


def document_in(path: Path) -> object:
    """What such a file says, whatever that is. Raises CloudError."""
    import yaml

    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise Undescribed(f"{path} is larger than {_LARGEST >> 20} MiB, which no list of clouds is")
        return json.loads(content) if path.suffix == ".json" else yaml.safe_load(content)
    except OSError as error:
        raise Undescribed(f"{path} cannot be read: {error.strerror or error}") from error
    except yaml.YAMLError as error:
        raise Undescribed(_yaml_fault(path, error)) from error
    except json.JSONDecodeError as error:
        raise Undescribed(f"{path}, line {error.lineno}: it is not JSON: {error.msg}") from error
    except (RecursionError, ValueError, TypeError) as error:  # what the two raise over depth, dates and keys
        raise Undescribed(f"{path} cannot be read: it is nested too deeply, or a value in it is none") from error


def _yaml_fault(path: Path, error: Any) -> str:
    """Where the YAML breaks, and why, in words for somebody who wrote the file by hand."""
    mark = getattr(error, "problem_mark", None)
    problem = " ".join(str(getattr(error, "problem", None) or "it cannot be read").split())[:160]
    if mark is None:  # bytes that are no text
        return f"{path} is no YAML: {' '.join(str(error).split())[:160]}"
    where = f"{path}, line {mark.line + 1}"
    if "'\\t'" in problem:
        return f"{where}: a tab stands where YAML wants spaces; put spaces in its place"
    if any(word in problem for word in ("alias", "anchor", "tag")):  # what follows may be half of a password
        return f"{where}: a value that begins with *, & or ! must stand in quotation marks"
    if "another document" in problem:
        return f"{where}: a second document begins (---); keep one, openstacksdk reads no more"
    return f"{where}: it is no YAML: {problem}"


def _mapping(document: object, path: Path) -> dict[Any, Any]:
    if isinstance(document, dict):
        return document
    raise Undescribed(f"{path} must have `clouds:` at the top and the entries below it, and is {_kind(document)}")


def _kind(value: object) -> str:
    match value:
        case None | "":
            return "empty"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case str():  # which may be a secret at the wrong place
            return "text"
        case _:
            return "a number, a date or a truth value"


def _names(keys: Sequence[Any] | dict[Any, Any]) -> str:
    names = [str(key) for key in keys]
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")


def _line(path: Path, *keys: str) -> int | str:
    """In which line the last of the nested `keys` stands; `?` where that cannot be told."""
    import yaml

    try:
        node: Any = yaml.compose(path.read_bytes())
        line = 1
        for wanted in keys:
            key, node = next((key, value) for key, value in node.value if key.value == wanted)
            line = key.start_mark.line + 1
    except (yaml.YAMLError, OSError, AttributeError, TypeError, ValueError, StopIteration, RecursionError):
        return "?"
    return line
