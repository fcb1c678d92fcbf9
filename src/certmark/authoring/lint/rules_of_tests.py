"""The rules on ids, aliases, flags and designated sections."""

from __future__ import annotations

from certmark.domain.findings import Rule, Severity

ERROR, WARNING, NOTE = Severity

_IDS = "schema since 1.3: idempotent_id, Tempest's decorator of that name"
_ALIASES = "schema since 1.4: aliases are other names of the same test"

IDS = (
    Rule(
        "ids/form",
        ERROR,
        "an id is no uuid",
        "The test can only be found by its name, which changes.",
        _IDS,
        '"idempotent_id": ""   →   "idempotent_id": "id-6c0a0990-43b6-4529-9b61-5fd8daf7c55c"',
    ),
    Rule(
        "ids/prefix",
        WARNING,
        "an id is not written as id- and a uuid in lower case",
        "Tools compare it as it is written: all tests of the add-ons were missing for them.",
        _IDS,
        '"d03b69a5-5052-43bc-a38a-b511b6b34304"   →   "id-d03b69a5-5052-43bc-a38a-b511b6b34304"',
        "writes id- and the uuid in lower case",
    ),
    Rule(
        "ids/attributes",
        WARNING,
        "an id carries attributes of the test",
        "Attributes change with the suite; the id identifies.",
        _IDS,
        '"id-6c0a0990-43b6-4529-9b61-5fd8daf7c55c,smoke"   →   without ,smoke',
        "leaves the id alone",
    ),
    Rule(
        "ids/shared",
        NOTE,
        "one id stands under several names",
        "A result with that id is told apart by its name only. Inherited tests are so in Tempest itself.",
        _IDS,
        "…ServersTestJSON.test_list_servers and …ServersTestManualDisk.test_list_servers",
    ),
    Rule(
        "ids/differ",
        ERROR,
        "a test has different ids in two capabilities",
        "One of them finds another test.",
        _IDS,
        "write the same id in both places",
    ),
    Rule(
        "ids/name",
        ERROR,
        "a name can be no test's name",
        "No suite has such a test, so that nobody can pass it.",
        "Python: dotted names",
        "…test_res_group_with_nested_template:Wherej   →   without :Wherej",
    ),
    Rule(
        "ids/no-class",
        ERROR,
        "a name lacks the class",
        "Suites report module.Class.method; this name matches none.",
        "Python's unittest",
        "….test_trunk.test_add_subport   →   ….test_trunk.TrunkTestJSON.test_add_subport",
    ),
    Rule(
        "ids/placeholder",
        ERROR,
        "a name holds the place of a test",
        "Nobody can pass it.",
        "practice: NEED_TEST in 2017.01",
        "tempest.api.volume.NEED_TEST   →   the test, or nothing",
    ),
    Rule(
        "ids/two-places",
        NOTE,
        "a test stands in several capabilities",
        "Allowed while a capability takes another's place. RefStack counted it twice.",
        "interop_test_spec: one capability for each test",
        "the tests of volumes-v2-* and volumes-v3-* in 2018.02",
    ),
)

ALIASES = (
    Rule(
        "aliases/self",
        WARNING,
        "a test is its own alias",
        "It says nothing; another name was meant, perhaps.",
        _ALIASES,
        "leave it out",
    ),
    Rule(
        "aliases/is-a-test",
        ERROR,
        "an alias is the name of another required test",
        "One pass counts for both.",
        _ALIASES,
        "leave the alias out, or the other test",
    ),
    Rule(
        "aliases/shared",
        ERROR,
        "an alias stands at two tests",
        "One pass counts for both.",
        _ALIASES,
        "leave it at the test whose id it has",
    ),
    Rule(
        "aliases/differ",
        WARNING,
        "a test has different aliases in two capabilities",
        "By name, the same pass is found in one and not in the other.",
        _ALIASES,
        "write the same list in both places",
    ),
)

FLAGS = (
    Rule(
        "flags/spelling",
        ERROR,
        'a flag stands under "flag"',
        'The text of schema 2.0 says "flag"; every guideline and RefStack say "flagged", so that it is lost.',
        "facts of all guidelines; schema 2.0 differs",
        '"flag": {…}   →   "flagged": {…}',
        "renames the key",
    ),
    Rule(
        "flags/incomplete",
        ERROR,
        "a flag lacks its reason, its action or its date",
        "All three are asked for.",
        "HACKING D307, D309",
        '"flagged": {"reason": "[D401] …"}   →   with "action" and "date"',
    ),
    Rule(
        "flags/no-code",
        WARNING,
        "a flag's reason begins with no code",
        "The code says which of the accepted reasons it is; D404 stands for any other.",
        "HACKING D307: [D4xx]; D400 to D406",
        '"reason": "Nova bug"   →   "reason": "[D402] Nova bug …"',
    ),
    Rule(
        "flags/code-form",
        WARNING,
        "a flag's code is not in brackets",
        "HACKING asks for [D4xx] and a blank. The published schemas asked for D4xx without brackets,"
        " and checked nothing.",
        "HACKING D307: [D4xx]",
        '"D406 Test removed"   →   "[D406] Test removed"',
        "writes the same code in brackets",
    ),
    Rule(
        "flags/unknown-code",
        WARNING,
        "a flag's code does not exist",
        "D400 fails criteria, D401 test bug, D402 product bug, D403 also tests what is not required, D404 another"
        " reason, D405 not widely deployed, D406 removed test.",
        "HACKING D400 to D406",
        '"[D417] …"   →   "[D407] …" does not exist either',
    ),
    Rule(
        "flags/date-form",
        WARNING,
        "a flag's date is no day",
        "How old a flag is decides whether it may stay.",
        "HACKING D309",
        '"date": "May 2020"   →   "date": "2020-05-29"',
    ),
    Rule(
        "flags/carried-over",
        WARNING,
        "a flag is older than the guideline",
        "A new guideline starts without flags: what was flagged is mended, made advisory or taken out.",
        "HACKING D312",
        "a flag of 2016-03-31 in 2020.06",
    ),
    Rule(
        "flags/not-in-next",
        NOTE,
        "a test is flagged in the newest approved guideline and not in the working copy",
        "A flag that is not expected to be solved before the next guideline stands in the working copy as well.",
        "HACKING D300, D308",
        "a test flagged in 2020.06, and not in next.json",
    ),
    Rule(
        "flags/differ",
        ERROR,
        "a test is flagged in one capability and not in another",
        "It counts and does not count.",
        "the rules of a verdict: a flag holds for all",
        "flag it in both places",
    ),
    Rule(
        "flags/only-flagged",
        WARNING,
        "a required capability has flagged tests only",
        "Nothing of it is tested; RefStack took it as passed.",
        "the rules of a verdict: nothing is never success",
        "compute-servers-resize in 2020.06   →   advisory, until its tests are mended",
    ),
    Rule(
        "flags/no-test",
        ERROR,
        "a flagged name is none of the capability's tests",
        "The flag has no effect.",
        "schemas 1.0 and 1.2",
        '"flagged": ["a.B.c"] and "tests": ["a.B.d"]',
    ),
)

SECTIONS = (
    Rule(
        "sections/undefined",
        ERROR,
        "a component names a designated section that is not defined at that level",
        "Nobody can tell which code is meant.",
        "schema 2.0, components and designated_sections",
        "dns.next: designate is advisory in the component and defined as required",
    ),
    Rule(
        "sections/unused",
        NOTE,
        "no component names a designated section",
        "It binds nobody. Informational ones cannot be named: components have four levels.",
        "schema 2.0, components and designated_sections",
        "heat and horizon in all guidelines of schema 2.0",
    ),
    Rule(
        "sections/required-key",
        WARNING,
        'a designated section has a key "required"',
        "Its level says whether it is required; the two contradict each other in published files.",
        "schemas 1.2 to 1.6",
        'below "informational": "neutron": {"required": false, …}   →   leave it out',
    ),
)
