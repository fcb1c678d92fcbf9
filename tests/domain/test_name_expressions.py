"""Expressions over names mean what pytest's -k means."""

from __future__ import annotations

import pytest

from certmark.domain.errors import InvalidRequest
from certmark.domain.name_expressions import names_that_fit

NAMES = ("api.ContainerTest.test_create", "api.ContainerTest.test_acl", "api.ObjectTest.test_copy")


@pytest.mark.parametrize(
    ("expression", "meant"),
    [
        ("container", [0, 1]),
        ("CONTAINERtest and acl", [1]),
        ("not container", [2]),
        ("acl or copy", [1, 2]),
        ("container and not acl or copy", [0, 2]),
        ("container and not (acl or create)", []),
        ("not not copy", [2]),
        ("((copy))", [2]),
        ("test_copy[id-1] or api.Object", [2]),
        ("android", []),
    ],
)
def test_words_and_or_not_and_parentheses(expression: str, meant: list[int]) -> None:
    fits = names_that_fit(expression)
    assert [number for number, name in enumerate(NAMES) if fits(name)] == meant


@pytest.mark.parametrize(
    "expression", ["", "  ", "a b", "and", "a and", "or a", "not", "(a", "a)", "()", "a and and b"]
)
def test_what_is_no_expression_is_refused_in_a_sentence(expression: str) -> None:
    with pytest.raises(InvalidRequest, match="cannot be understood at"):
        names_that_fit(expression)


@pytest.mark.parametrize("expression", ["(" * 999 + "a", "not " * 249 + "a", "a or " * 199 + "a"])
def test_depth_is_bounded_by_length(expression: str) -> None:
    try:
        assert isinstance(names_that_fit(expression)("a"), bool)
    except InvalidRequest:
        assert expression.startswith("(")
    with pytest.raises(InvalidRequest, match="at most 1000 are read"):
        names_that_fit(expression + " " * 1000)
