"""Every version of the interop guideline, as it is, with nothing repaired and nothing lost."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from certmark.domain.guidelines import (
    Capability,
    Component,
    ComponentReference,
    Criterion,
    DesignatedSection,
    Flag,
    Level,
    Placement,
    Program,
    ProgramKind,
    RequiredTest,
    SuiteRepository,
)
from certmark.domain.policies import STRICT, Effect, Policy
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline import load, read, write

SERVERS = "suite.servers.test_servers.Servers"
CRITERIA = (
    Criterion("atomic", "Atomic", "It stands alone.", 60),
    Criterion("clients", "Used by Clients", "Clients call it.", 40),
)


def uuid(number: int) -> str:
    return f"{number:08x}-1111-4111-8111-111111111111"


@pytest.fixture
def sound(assets: Path) -> Path:
    return assets / "guideline" / "sound"


def test_schema_1_0_is_one_program_of_everything(sound: Path) -> None:
    guideline = load(str(sound / "schema_1.0.json"))
    assert (guideline.id, guideline.schema, guideline.status) == ("zebra", "1.0", "proposal, yak-based")
    assert (guideline.releases, guideline.cutoff, guideline.criteria) == (("zebra",), None, CRITERIA)
    assert guideline.programs == (
        Program("zebra", ProgramKind.LIST, "", (ComponentReference("zebra", None),), (), (), (), None),
    )
    placements = (Placement(Level.REQUIRED, "servers-create"), Placement(Level.ADVISORY, "servers-admin"))
    assert guideline.components == {"zebra": Component("zebra", placements, ())}
    assert guideline.capabilities["servers-create"] == Capability(
        key="servers-create",
        name="Create Servers",
        description="Create servers",
        project=None,
        admin=False,
        achievements=("atomic",),
        required_since=None,
        tests=tuple(
            RequiredTest(f"{SERVERS}.{method}", None, None, (), None) for method in ("test_create", "test_create_twice")
        ),
    )
    assert guideline.remarks == ()


def test_schema_1_2_has_a_platform_a_program_for_each_component_and_flags_by_name(sound: Path) -> None:
    guideline = load(str(sound / "schema_1.2.json"))
    assert [(program.name, program.target, program.aliases) for program in guideline.programs] == [
        ("platform", "platform", ("OpenStack Powered Platform",)),
        ("compute", "compute", ("OpenStack Powered Compute",)),
        ("object", "object", ("OpenStack Powered Storage", "OpenStack Powered Object Storage")),
        ("dns", None, ()),
    ]
    # Only what the platform requires is of it: dns is advisory.
    assert guideline.programs[0].components == (ComponentReference("compute", None), ComponentReference("object", None))
    assert guideline.components["compute"].capabilities == (
        Placement(Level.REQUIRED, "servers-create"),
        Placement(Level.ADVISORY, "servers-lock"),
    )
    assert [test.flag for test in guideline.capabilities["servers-create"].tests] == [
        None,
        Flag("", None, "", "", "capability"),
    ]
    assert guideline.sections == (
        DesignatedSection("nova", Level.REQUIRED, "All of it.", ""),
        DesignatedSection("heat", Level.INFORMATIONAL, "None.", ""),
    )
    assert guideline.remarks == ()


def test_schema_1_6_has_ids_aliases_and_flags_with_reasons(sound: Path) -> None:
    guideline = load(str(sound / "schema_1.6.json"))
    assert guideline.capabilities["servers-create"].tests == (
        RequiredTest(
            f"{SERVERS}.test_create", uuid(1), f"id-{uuid(1)}", ("suite.servers.test_basic.Servers.test_create",), None
        ),
        RequiredTest(
            f"{SERVERS}.test_create_twice",
            uuid(2),
            f"id-{uuid(2)}",
            (),
            Flag("[D401] It races, http://example.org/bug/1", "D401", "Mend it.", "2098-08-01", "flagged"),
        ),
    )
    assert guideline.capabilities["servers-lock"].tests == (
        RequiredTest(f"{SERVERS}.test_lock", uuid(3), f"id-{uuid(3)},negative", (), None),
    )
    assert (guideline.cutoff, guideline.target_approval, guideline.replaces) == (74, "2098-07-01", "2098.01")
    assert guideline.repositories == (SuiteRepository("suite", "http://example.org/suite", "0123abc"),)
    assert guideline.remarks == ('1 ids carry attributes, such as "id-…,smoke"; the uuid is read',)


def test_schema_2_0_names_its_programs_itself(sound: Path) -> None:
    guideline = load(str(sound / "schema_2.0.json"))
    servers, objects = ComponentReference("servers", None), ComponentReference("objects", None)
    assert guideline.programs == (
        Program(
            "OpenStack Powered Platform",
            ProgramKind.PLATFORM,
            "Everything.",
            (servers, objects),
            (),
            (),
            ("platform",),
            "platform",
        ),
        Program(
            "OpenStack Powered Storage", ProgramKind.PLATFORM, "Objects.", (objects,), (), (), ("object",), "object"
        ),
        Program(
            "Profile of the Arctic",
            ProgramKind.PLATFORM,
            "Cold.",
            (servers, ComponentReference("ice", "http://example.org/ice.json")),
            (),
            (),
            ("arctic",),
            None,
        ),
    )
    assert guideline.components["objects"] == Component(
        "objects", (Placement(Level.REQUIRED, "objects-put"),), (Placement(Level.REQUIRED, "swift"),)
    )
    assert guideline.sections == (
        DesignatedSection("nova", Level.REQUIRED, "All of it.", None),
        DesignatedSection("swift", Level.REQUIRED, "The proxy.", "Disk files may differ."),
    )
    assert (guideline.criteria, guideline.cutoff, guideline.policy) == (CRITERIA, 74, STRICT)
    assert guideline.capabilities["servers-lock"].required_since == "2098.01"


def test_slips_of_the_pen_are_kept_and_named_and_never_repaired(sound: Path) -> None:
    guideline = load(str(sound / "schema_2.0.json"))
    resize = guideline.capabilities["servers-resize"]
    (test,) = resize.tests
    assert (resize.achievements, resize.description, test.uuid, test.written_id) == ((), "", None, None)
    assert test.flag == Flag("Too slow", None, "", "", "flag")
    assert guideline.document["capabilities"]["servers-resize"]["acheivements"] == ["atomic"]
    place = "capabilities.servers-resize"
    twin = "suite.servers.test_twin.Servers.test_create"
    assert guideline.remarks == (
        f"{place}.tests.{test.name} has no id; it can only be found by its name",
        'capabilities.objects-lost.tests.suite.objects.NEED_TEST: its id "" is no uuid',
        'program "Profile of the Arctic": component ice points to http://example.org/ice.json',
        "component servers: removed capability servers-gone is not defined",
        "capability objects-lost is in no component",
        "required capability servers-resize has flagged tests only",
        "required capability objects-put has no test",
        f"id {uuid(1)} stands under 2 names: {SERVERS}.test_create, {twin}",
        f'the key "acheivements" is unknown, kept and not understood; perhaps "achievements" is meant ({place})',
        f'the key "descriptin" is unknown, kept and not understood; perhaps "description" is meant ({place})',
        (
            'the key "idempotent-id" is unknown, kept and not understood; perhaps "idempotent_id" is meant '
            f"({place}.tests.{test.name})"
        ),
    )


def test_an_add_on_says_what_it_needs_of_its_host_and_may_carry_a_policy(sound: Path) -> None:
    guideline = load(str(sound / "add_on_2.0.json"))
    assert guideline.programs == (
        Program(
            "Names",
            ProgramKind.ADD_ON,
            "Powered with Names",
            (ComponentReference("os_powered_names", None),),
            (ComponentReference("servers", "http://example.org/2099.01.json"),),
            (ComponentReference("objects", None),),
            ("names",),
            "names",
        ),
    )
    assert guideline.policy == Policy("lenient", "", skipped=Effect.IGNORED)
    assert guideline.remarks == ()


@pytest.mark.parametrize(
    "name", ["schema_1.0.json", "schema_1.2.json", "schema_1.6.json", "schema_2.0.json", "add_on_2.0.json"]
)
def test_a_guideline_in_our_form_is_written_back_byte_for_byte(sound: Path, name: str) -> None:
    data = (sound / name).read_bytes()
    guideline = read(data, name)
    assert write(guideline) == data
    assert guideline.sha256 == sha256(data).hexdigest()


def test_what_only_describes_may_be_wrong_and_is_remarked_upon() -> None:
    document = {
        "schema": "1.6",
        "status": 42,
        "cutoff_score": "many",
        "releases": "zebra",
        "criteria": [42],
        "platform": {"required": ["compute"], "mandatory": ["compute"]},
        "components": {"compute": {"required": ["a", "a"], "advisory": ["a"]}},
        "capabilities": {
            "a": {"achievements": ["x", 1], "admin": "no", "description": None, "project": [], "tests": ["t", "t"]}
        },
        "designated-sections": {"required": {"nova": 42}, "mandatory": {"nova": {}}},
        "test-repositories": 42,
    }
    guideline = read(json.dumps(document).encode(), "odd.json")
    assert (guideline.id, guideline.status, guideline.cutoff, guideline.releases) == ("odd", None, None, ())
    assert guideline.remarks == (
        'it has no "id"; it is called odd after its file',
        "capabilities.a.project is a list and should be a text",
        "capabilities.a.admin is a text and should be true or false",
        "capabilities.a.achievements has entries that are no texts",
        "capabilities.a.tests: t stands there twice; it counts once",
        "component compute: a is required and advisory",
        "releases is a text and should be a list of texts",
        "status is a number and should be a text",
        "cutoff_score is a text and should be a whole number",
        "criteria is a list and should be an object",
        "designated-sections.required.nova is a number and should be an object",
        "test-repositories is a number and should be an object",
        'the key "mandatory" is unknown, kept and not understood (designated-sections)',
    )


def test_names_and_ids_used_twice_are_remarked_upon() -> None:
    def capability(**tests: object) -> dict[str, object]:
        return {"tests": tests}

    flag = {"reason": "D406 gone", "action": "", "date": ""}
    document = {
        "schema": "1.6",
        "id": "x",
        "platform": {"required": ["compute"]},
        "components": {"compute": {"required": ["a", "b"]}},
        "capabilities": {
            "a": capability(
                one={"idempotent_id": uuid(1), "aliases": ["one", "two", "old"]},
                two={"idempotent_id": uuid(2), "aliases": ["old"]},
            ),
            "b": capability(one={"idempotent_id": uuid(3), "flagged": flag, "flag": flag}),
        },
    }
    assert read(json.dumps(document).encode(), "x.json").remarks == (
        'capabilities.b.tests.one has both "flagged" and "flag"; the first is read',
        "required capability b has flagged tests only",
        "test one is its own alias",
        "alias two of one is a test of its own, too",
        "alias old stands at one and at two",
        "test one has different ids in a and b",
        "test one has different aliases in a and b",
        "test one is flagged in one capability and not in another: a and b",
    )


def test_remarks_are_bounded_and_the_rest_is_counted() -> None:
    tests: dict[str, object] = {f"test_{number}": {} for number in range(1000)}
    document = {
        "schema": "1.6",
        "id": "x",
        "platform": {"required": ["compute"]},
        "components": {"compute": {"required": ["a"]}},
        "capabilities": {"a": {"tests": tests}, **{f"b{number}": {"tests": {}, "odd": 1} for number in range(9)}},
    }
    remarks = read(json.dumps(document).encode(), "x.json").remarks
    assert len(remarks) == 51
    assert remarks[0] == "capabilities.a.tests.test_0 has no id; it can only be found by its name"
    assert remarks[-1] == "and 960 more odd things"


def test_equal_unknown_keys_are_one_remark() -> None:
    document = {
        "schema": "1.6",
        "id": "x",
        "platform": {"required": ["compute"]},
        "components": {"compute": {"required": [f"b{number}" for number in range(9)]}},
        "capabilities": {f"b{number}": {"tests": {"t": {"idempotent_id": uuid(1)}}, "odd": 1} for number in range(9)},
    }
    assert read(json.dumps(document).encode(), "x.json").remarks == (
        (
            'the key "odd" is unknown, kept and not understood (capabilities.b0, capabilities.b1, capabilities.b2 and '
            "6 more)"
        ),
    )


def published(shared: Path) -> list[Path]:
    lists = {"1.5.json", "1.6.json", "2.0.json", "havanasections.json"}
    return [path for path in sorted(shared.glob("guidelines/**/*.json")) if path.name not in lists]


@pytest.mark.shared
def test_every_published_guideline_reads_and_writes_back_equal(shared: Path) -> None:
    files = published(shared)
    assert len(files) == 32
    for path in files:
        guideline = load(str(path))
        # Equal texts: the order of the keys is kept, too.
        assert json.dumps(json.loads(write(guideline))) == json.dumps(json.loads(path.read_bytes())), path.name
        assert guideline.capabilities, path.name
        assert guideline.programs, path.name


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "remark"),
    [
        (
            "2020.06",
            (
                'the key "descriptin" is unknown, kept and not understood; perhaps "description" is meant '
                "(capabilities.identity-v3-tokens-delete)"
            ),
        ),
        ("2020.06", "capability images-v2-import is in no component"),
        ("2018.02", "component os_powered_compute: removed capability volumes-v2-attach-detach is not defined"),
        ("2017.01", 'capabilities.volumes-list-api-versions.tests.tempest.api.volume.NEED_TEST: its id "" is no uuid'),
        ("2016.01", "required capability objectstore-object-access has no test"),
        ("2016.01", '29 ids carry attributes, such as "id-…,smoke"; the uuid is read'),
        ("2015.03", "required capability compute-flavors has no test"),
    ],
)
def test_the_anomalies_of_published_guidelines_are_remarked_upon(shared: Path, name: str, remark: str) -> None:
    assert remark in load(str(shared / "guidelines" / f"{name}.json")).remarks


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "legacy/havanasections.json",
            ("havanasections.json: it is not JSON: a comment; JSON has none (line 52, column 10)"),
        ),
        *(
            (
                f"doc/source/schema/{version}.json",
                (
                    f'{version}.json: it is a JSON schema, no guideline: it says neither "schema" (1.x) nor '
                    '"metadata" with a "schema" (2.0 and 3.0)'
                ),
            )
            for version in ("1.5", "1.6", "2.0")
        ),
    ],
)
def test_what_is_no_guideline_is_refused_in_a_sentence(shared: Path, name: str, message: str) -> None:
    with pytest.raises(InvalidGuideline) as refusal:
        load(str(shared / "guidelines" / name))
    assert str(refusal.value) == message
