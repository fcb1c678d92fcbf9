"""Overrides of who may do what, a YAML file -> `domain.permissions`.

    format: certmark-permissions
    version: 1
    rights:
      edit-product: [administrator, member]
      see-shared-run: [user]

Each right that is named gets just the roles of its list; an empty list takes it from everybody.
"""

from __future__ import annotations

from certmark.domain.permissions import AccessRules, InvalidRules, Right, Role
from certmark.domain.suggestions import did_you_mean
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_document
from certmark.formats.errors import InvalidPermissions, excerpt

FORMAT, VERSION = "certmark-permissions", 1
_LARGEST = 64 << 10
_RIGHTS = {right.value: right for right in Right}
_ROLES = {role.value: role for role in Role}


def read_rules(data: bytes, name: str) -> AccessRules:
    """The rules of file `name` over the default. Raises InvalidPermissions for what is not known, or not possible."""
    document = Fields(
        parse_document(data, name, InvalidPermissions, largest=_LARGEST),
        name,
        InvalidPermissions,
        {"format", "version", "rights"},
    )
    document.check_document(FORMAT, VERSION)
    rights, text = document.inside(document.content.get("rights"), document.at("rights")), _Text(data, name)
    overrides: dict[Right, frozenset[Role]] = {}
    for word in map(str, rights.content):
        if word not in _RIGHTS:
            raise text.refusal(f"{excerpt(word, 40)} is no right{did_you_mean(word, _RIGHTS)}", word)
        new = {_RIGHTS[word]: frozenset(_roles(rights, word, text))}
        try:
            overrides |= AccessRules(new).overrides
        except InvalidRules as error:
            raise text.refusal(str(error), word) from None
    return AccessRules(overrides)


class _Text:
    """Where a word stands, for whoever wrote it."""

    def __init__(self, data: bytes, name: str) -> None:
        self._name = name
        self._lines = [line.partition("#")[0] for line in data.decode("utf-8", "replace").splitlines()]

    def refusal(self, what: str, right: str, role: str = "") -> InvalidPermissions:
        """What is wrong with a right, or with a role that it names, and in which line."""
        keys = [line.partition(":")[0].strip().strip("\"'") for line in self._lines]
        place = keys.index(right) if right in keys else 0
        behind = (number for number, line in enumerate(self._lines) if number >= place and role in line)
        return InvalidPermissions(f"{self._name}, line {next(behind, place) + 1}: {what}")


def _roles(rights: Fields, right: str, text: _Text) -> list[Role]:
    words = rights.texts(right, () if rights.content[right] == [] else None)
    for word in words:
        if word not in _ROLES:
            what = f"{right} names {excerpt(word, 40)}, which is no role{did_you_mean(word, _ROLES)}"
            raise text.refusal(what, right, word)
    return [_ROLES[word] for word in words]
