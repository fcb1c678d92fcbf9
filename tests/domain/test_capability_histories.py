"""Families of guidelines and the history of a capability: the rules of `domain.capability_histories`."""

from __future__ import annotations

import json
from typing import Any

from certmark.domain.capability_histories import families_of, histories_of
from certmark.domain.guidelines import Guideline
from certmark.formats.guideline import read
from support.lint_documents import old, sound


def named(identity: str, *, without: str = "") -> Guideline:
    document: dict[str, Any] = sound()
    document["metadata"]["id"] = identity
    if without:
        del document["capabilities"][without]
        for keys in document["components"]["servers"]["capabilities"].values():
            keys[:] = [key for key in keys if key != without]
    return read(json.dumps(document).encode(), "x.json")


def test_guidelines_that_replace_one_another_are_a_family_in_the_order_of_their_dates() -> None:
    listed = read(b"a.B.test_c\n", "ours.lst")
    old_one = read(json.dumps(old()).encode(), "x.json")
    identities = ["next", "dns.2020.06", "2020.06", "shared_file_system.2022.11", "2018.02", "dns.2018.02"]
    found = families_of([listed, *map(named, identities), old_one])
    assert [(family.name, [one.id for one in family.guidelines]) for family in found] == [
        ("", [*sorted(["2018.02", "2020.06", old_one.id]), "next"]),
        ("dns", ["dns.2018.02", "dns.2020.06"]),
        ("shared_file_system", ["shared_file_system.2022.11"]),
        ("ours", ["ours"]),
    ]


def test_a_history_goes_from_the_first_guideline_that_has_it_to_the_one_after_the_last() -> None:
    ids = ("2016.01", "2016.08", "2017.01", "2017.09", "2018.02")
    with_it = {"2016.08", "2017.01"}
    guidelines = [named(one, without="" if one in with_it else "resize") for one in ids]
    (resize,) = (one for one in histories_of(families_of(guidelines)) if one.key == "resize")
    assert [(one.guideline.id, one.level and one.level.value) for one in resize.versions] == [
        ("2016.08", "advisory"),
        ("2017.01", "advisory"),
        ("2017.09", None),
    ]
