from __future__ import annotations

import pytest

from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import ComponentReference, Level, Program, ProgramKind
from certmark.domain.programs import (
    AskedCapability,
    AskedTest,
    NoSuchProgram,
    demand_of,
    find_program,
    levels_of,
    listed,
    part_of,
)
from support.build import PROGRAM, U1, U2, capability, guideline, required


def program(name: str, *components: str, aliases: tuple[str, ...] = ()) -> Program:
    references = tuple(ComponentReference(component, None) for component in components)
    return Program(name, ProgramKind.PLATFORM, "", references, (), (), aliases)


PLATFORM = program("Powered Platform", "servers", "objects", aliases=("platform",))
SERVERS = program("Powered Servers", "servers", aliases=("compute",))
PLATFORM_PLUS = program("Powered Platform Plus", "servers", "objects")
GUIDELINE = guideline(programs=(PLATFORM, SERVERS, PLATFORM_PLUS))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("Powered Servers", SERVERS),
        ("  powered servers ", SERVERS),
        ("serv", SERVERS),
        ("COMPUTE", SERVERS),
        ("comp", SERVERS),
        ("platform", PLATFORM),
        ("Powered Platform", PLATFORM),
        ("plus", PLATFORM_PLUS),
    ],
)
def test_a_program_is_found_by_its_name_by_a_word_for_it_and_by_a_unique_part(wanted: str, found: Program) -> None:
    assert find_program(GUIDELINE, wanted) == found


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ("dns", "there is no program 'dns'"),
        ("powered", "'powered' fits several programs"),
        ("plat", "'plat' fits several programs"),
        ("", "there is no program ''"),
        ("  ", "there is no program '  '"),
    ],
)
def test_an_unknown_or_ambiguous_program_is_answered_with_the_list(wanted: str, problem: str) -> None:
    with pytest.raises(NoSuchProgram) as refusal:
        find_program(GUIDELINE, wanted)
    assert str(refusal.value) == (
        f'{problem} in 2099.01; it has "Powered Platform" (platform), "Powered Servers" (compute), '
        '"Powered Platform Plus"'
    )


def test_a_guideline_without_programs_lists_none() -> None:
    with pytest.raises(NoSuchProgram, match="it has none"):
        find_program(guideline(programs=()), "compute")
    assert listed(()) == "none"


def test_a_capability_of_several_components_is_asked_for_once_at_its_strongest_level() -> None:
    asked = guideline(
        capability("list", required("test_list", U1)),
        components={
            "servers": [(Level.ADVISORY, "list")],
            "objects": [(Level.REQUIRED, "list"), (Level.DEPRECATED, "list")],
        },
        programs=(PLATFORM,),
    )
    demand = demand_of(asked, PLATFORM)
    assert demand.capabilities == (AskedCapability("list", Level.REQUIRED, asked.capabilities["list"]),)


def test_a_test_in_two_capabilities_is_asked_for_once_with_all_its_aliases() -> None:
    one, other = required("test_list", U1, "test_old"), required("test_list", U1, "test_older", "test_list")
    asked = guideline(capability("a", one), capability("b", other, required("test_get", U2)))
    assert demand_of(asked, PROGRAM).tests == {
        "test_list": AskedTest("test_list", U1, ("test_old", "test_older"), (("a", one), ("b", other)), ("",)),
        "test_get": AskedTest("test_get", U2, (), (("b", required("test_get", U2)),), ("",)),
    }


def test_what_the_document_does_not_define_is_named() -> None:
    asked = guideline(components={"servers": [(Level.REQUIRED, "nowhere")]}, programs=(PLATFORM,))
    demand = demand_of(asked, PLATFORM)
    assert demand.missing_components == ("objects",)
    assert demand.capabilities == (AskedCapability("nowhere", Level.REQUIRED, None),)


def test_informational_capabilities_are_not_asked_for() -> None:
    asked = guideline(capability("a", required("test_a")), levels={"a": Level.INFORMATIONAL})
    assert (demand_of(asked, PROGRAM).capabilities, demand_of(asked, PROGRAM).tests) == ((), {})


PLACED = guideline(
    capability("a", required("test_a")),
    capability("b", required("test_b")),
    capability("lost", required("test_c")),
    components={
        "servers": [(Level.ADVISORY, "b"), (Level.REQUIRED, "a"), (Level.REMOVED, "gone")],
        "objects": [(Level.REQUIRED, "b")],
    },
    programs=(PLATFORM, SERVERS),
)


def test_a_capability_has_its_strongest_level_and_unknown_components_place_nothing() -> None:
    assert levels_of(PLACED, ["servers", "objects", "nowhere"]) == {
        "b": Level.REQUIRED,
        "a": Level.REQUIRED,
        "gone": Level.REMOVED,
    }
    assert levels_of(PLACED, []) == {}


def test_a_part_is_everything_or_what_a_program_asks_for_or_what_is_named() -> None:
    everything = part_of(PLACED)
    assert list(everything.capabilities) == ["b", "a", "gone", "lost"]
    assert everything.capabilities["gone"] == (Level.REMOVED, None)
    assert everything.capabilities["lost"] == (None, PLACED.capabilities["lost"])
    assert part_of(PLACED, SERVERS).capabilities["b"] == (Level.ADVISORY, PLACED.capabilities["b"])
    assert list(part_of(PLACED, SERVERS, ["a"]).capabilities) == ["a"]
    with pytest.raises(InvalidRequest, match='there is no capability "lost" in "Powered Servers"'):
        part_of(PLACED, SERVERS, ["lost"])
