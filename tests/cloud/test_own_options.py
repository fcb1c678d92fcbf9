from __future__ import annotations

import pytest

from certmark.cloud.session import _own

CASES = {
    "hyphens that openstacksdk took away": ("image_feature_enabled.a_b", "image-feature-enabled.a_b"),
    "an option of a section with hyphens": ("object_storage.operator_role", "object-storage.operator_role"),
    "a section of one word": ("compute.build_timeout", "compute.build_timeout"),
    "a section with an underscore of its own": ("service_available.swift", "service_available.swift"),
}


@pytest.mark.parametrize(("given", "written"), CASES.values(), ids=CASES.keys())
def test_options_of_clouds_yaml_stand_in_the_section_that_tempest_reads(given: str, written: str) -> None:
    assert _own({"accounts": "a.yaml", "options": {given: 1}}) == {"accounts": "a.yaml", "options": {written: 1}}


@pytest.mark.parametrize("entry", [None, [], "text"])
def test_an_entry_that_is_no_mapping_says_nothing(entry: object) -> None:
    assert _own(entry) == {}
