"""The file of overrides: what it may say, and how it is refused."""

from __future__ import annotations

import pytest

from certmark.domain.permissions import Right, Role
from certmark.formats.errors import InvalidPermissions
from certmark.formats.permissions import read_rules

HEAD = "format: certmark-permissions\nversion: 1\nrights:\n"


def test_overrides_are_read() -> None:
    rules = read_rules(f"{HEAD}  edit-product: [administrator, member]\n  register-vendor: []\n".encode(), "r.yaml")
    assert rules.overrides == {
        Right.EDIT_PRODUCT: {Role.ADMINISTRATOR, Role.MEMBER},
        Right.REGISTER_VENDOR: frozenset(),
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("  edit-prodct: [member]", r"^r.yaml, line 4: .edit-prodct. is no right \(did you mean edit-product\?\)$"),
        ("  edit-product: [menber]", r"^r.yaml, line 4: .*which is no role \(did you mean member\?\)$"),
        ("# edit-product: x\n  edit-product:\n  - member\n  - menber\n", "^r.yaml, line 7: "),
        ('  submit-run: [user]\n  "edit-prodct": []', "^r.yaml, line 5: "),
        ("  ? 7\n  : [member]", "is no right"),
        ("  edit-product: member", "must be a list of strings"),
        ("  edit-product:", "must be a list of strings"),
        ("  accept-agreement: [member]", "r.yaml, line 4: accept-agreement cannot be given to member"),
        ("  [1]", "must be a mapping"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(text: str, sentence: str) -> None:
    with pytest.raises(InvalidPermissions, match=sentence):
        read_rules(f"{HEAD}{text}\n".encode(), "r.yaml")


def test_another_document_is_no_file_of_overrides() -> None:
    with pytest.raises(InvalidPermissions, match="format"):
        read_rules(b"rights: {}\n", "r.yaml")
