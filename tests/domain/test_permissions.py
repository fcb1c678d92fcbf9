"""Who may see and do what: the default, overrides, and the bounds that none crosses."""

from __future__ import annotations

import pytest

from certmark.domain.permissions import (
    BOUNDS,
    DEFAULT,
    DEFAULT_RULES,
    AccessRules,
    InvalidRules,
    Right,
    Role,
    bits_of,
    roles_of,
    with_everybody,
)


def test_every_right_has_roles_by_default_and_none_beyond_its_bounds() -> None:
    assert set(DEFAULT) == set(BOUNDS) == set(Right)
    for right, roles in DEFAULT.items():
        assert roles <= BOUNDS[right], right


def test_the_bits_of_roles_stay_as_they_were_for_databases_keep_them() -> None:
    assert {role.value: role.bit for role in Role} == {
        "anonymous": 1,
        "user": 2,
        "owner": 4,
        "member": 8,
        "administrator": 16,
        "designate": 32,
        "deputy": 64,
        "reviewer": 128,
        "programme office": 256,
        "operator": 512,
    }
    assert all(roles_of(bits_of(roles)) == roles for roles in DEFAULT.values())


def test_what_changes_something_is_for_nobody_who_is_not_known() -> None:
    for right in Right:
        assert right.value.startswith("see-") or Role.ANONYMOUS not in BOUNDS[right]


@pytest.mark.parametrize(
    ("right", "role"),
    [
        (Right.ACCEPT_AGREEMENT, Role.ADMINISTRATOR),
        (Right.MAKE_OFFICIAL, Role.MEMBER),
        (Right.VERIFY_RUN, Role.DESIGNATE),
        (Right.DECIDE_ON_VENDOR, Role.OPERATOR),
        (Right.SEE_VENDOR_RUN, Role.USER),
        (Right.SEE_VENDOR, Role.ANONYMOUS),
        (Right.SEE_OWN_RUN, Role.OFFICE),
        (Right.SUBMIT_RUN, Role.ANONYMOUS),
    ],
)
def test_no_override_crosses_a_bound(right: Right, role: Role) -> None:
    with pytest.raises(InvalidRules, match=f"{right.value} cannot be given to {role.value}"):
        AccessRules({right: frozenset({role})})


def test_an_override_is_all_the_roles_of_its_right_and_leaves_the_others() -> None:
    rules = AccessRules({Right.EDIT_PRODUCT: frozenset({Role.MEMBER})})
    assert rules.allow(Right.EDIT_PRODUCT, {Role.MEMBER})
    assert not rules.allow(Right.EDIT_PRODUCT, {Role.ADMINISTRATOR})
    assert rules.roles(Right.VERIFY_RUN) == DEFAULT_RULES.roles(Right.VERIFY_RUN)
    assert not AccessRules({Right.REGISTER_VENDOR: frozenset()}).allow(Right.REGISTER_VENDOR, set(Role))


def test_an_override_that_says_what_the_default_says_is_told() -> None:
    rules = AccessRules({Right.EDIT_PRODUCT: DEFAULT[Right.EDIT_PRODUCT], Right.SUBMIT_RUN: frozenset()})
    assert list(rules.without_effect()) == [Right.EDIT_PRODUCT]


def test_everybody_is_anonymous_and_who_is_known_a_user() -> None:
    assert with_everybody((), is_known=False) == {Role.ANONYMOUS}
    assert with_everybody({Role.MEMBER}, is_known=True) == {Role.ANONYMOUS, Role.USER, Role.MEMBER}
