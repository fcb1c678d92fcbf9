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
    rights = document.inside(document.content.get("rights"), document.at("rights"))
    overrides = {}
    for word in rights.content:
        if word not in _RIGHTS:
            rights.refuse(f"{excerpt(str(word), 40)} is no right{did_you_mean(str(word), _RIGHTS)}")
        overrides[_RIGHTS[word]] = frozenset(_roles(rights, word))
    try:
        return AccessRules(overrides)
    except InvalidRules as error:
        raise InvalidPermissions(f"{name}: {error}") from None


def _roles(rights: Fields, right: str) -> list[Role]:
    words = rights.texts(right, () if rights.content[right] == [] else None)
    for word in words:
        if word not in _ROLES:
            rights.refuse(f"names {excerpt(word, 40)}, which is no role{did_you_mean(word, _ROLES)}", right)
    return [_ROLES[word] for word in words]
