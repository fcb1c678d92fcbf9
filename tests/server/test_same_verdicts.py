"""The server's verdicts are those of `certmark judge`, to the last word: every example, guideline, program and policy."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from certmark.cli.main import main
from certmark.domain.errors import InvalidRequest
from certmark.domain.policies import POLICIES
from certmark.formats.guideline import load, shipped
from certmark.formats.guideline.shipped import path_of_shipped
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.services import runs
from certmark.server.services.context import Services
from certmark.server.services.runs import AboutRun, VerdictRequest
from certmark.server.services.verifying import verify
from certmark.server.settings import read_settings
from certmark.server.store import guidelines
from certmark.server.store.guidelines import Revision

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.subunit*"))
DAYS = ("2026-11-28", "2027-12-01")


class Upload(NamedTuple):
    """A file, and its run on the server."""

    file: Path
    run: bytes


class Server(NamedTuple):
    """A server with all examples and guidelines."""

    services: Services
    asker: Asker
    uploads: Sequence[Upload]
    guidelines: Sequence[Path]
    """As the command line finds them: those of hosts beside those of add-ons."""


def passes(tests: Sequence[str]) -> bytes:
    return json.dumps({"cpid": "x", "duration_seconds": 1, "results": [{"name": one} for one in tests]}).encode()


HEAD = {"schema": "3.0", "status": "draft"}
STORAGE = "https://example.org/storage.2099.01.json"


def written_guidelines(folder: Path) -> list[Path]:
    """A host, beside it a program with a member there, below it an add-on of it; and a list with dots in its name."""
    host = {
        "metadata": {"id": "storage.2099.01", **HEAD},
        "programs": {"storage": {"name": "Storage", "kind": "platform", "components": [{"name": "storage"}]}},
        "components": {"storage": {"capabilities": {"required": ["keep"]}}},
        "capabilities": {"keep": {"tests": {"a.B.c": {}}}},
    }
    member = {
        "metadata": {"id": "all.2099.01", **HEAD},
        "programs": {
            "all": {
                "name": "All",
                "kind": "platform",
                "components": [{"name": "boot"}, {"name": "storage", "source": STORAGE, "sha256": "0" * 64}],
            }
        },
        "components": {"boot": {"capabilities": {"required": ["boot"]}}},
        "capabilities": {"boot": {"tests": {"a.B.d": {}}}},
    }
    add_on = {
        "metadata": {"id": "names.2099.01", **HEAD},
        "programs": {
            "names": {
                "name": "Names",
                "kind": "add-on",
                "components": [{"name": "names"}],
                "hosts": {"requires": [{"name": "storage", "source": STORAGE}]},
            }
        },
        "components": {"names": {"capabilities": {"required": ["zone"]}}},
        "capabilities": {"zone": {"tests": {"a.B.e": {}}}},
    }
    places = [
        folder / "storage.2099.01.json",
        folder / "all.2099.01.json",
        folder / "add-ons" / "names.2099.01.json",
        folder / "list.of.tests.lst",
    ]
    (folder / "add-ons").mkdir()
    for place, document in zip(places, (host, member, add_on), strict=False):
        place.write_text(json.dumps(document))
    places[-1].write_text("a.B.c\na.B.d\n")
    return places


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("same")
    settings = read_settings(None, {}, data=str(folder / "data"))
    create(settings)
    shared = Path(__file__).parents[3] / "shared" / "guidelines"
    upstream = [shared / "2020.06.json", *sorted(shared.glob("add-ons/*.2020.06.json"))] if shared.is_dir() else []
    places = [*map(path_of_shipped, shipped()), *written_guidelines(folder), *upstream]
    few = folder / "few.json"
    few.write_bytes(passes(["a.B.c", "a.B.d", "a.B.e"]))
    with services_of(settings) as services:
        asker = Asker(add_identity(services, "ada"), "ada", EVERYTHING)
        for place in places:
            found = load(str(place))
            revision = Revision(bytes.fromhex(found.sha256), found.id, "", "a test", services.clock())
            with services.database.write() as transaction:
                guidelines.add(transaction, revision, found.data)
        uploads = [
            Upload(file, runs.receive(services, asker, file, AboutRun(name=file.name)).id) for file in (*EXAMPLES, few)
        ]
        yield Server(services, asker, uploads, places)


def from_the_command_line(capsys: pytest.CaptureFixture[str], file: Path, *words: str) -> Any:
    capsys.readouterr()
    main(["judge", str(file), *words])
    said = capsys.readouterr()
    return said.out or said.err


def every_program(server: Server) -> Iterator[tuple[Path, str, str]]:
    """The place and the id of each guideline, with each of its programs."""
    for place in server.guidelines:
        found = load(str(place))
        for program in found.programs:
            yield place, found.id, program.name


def test_every_example_has_the_verdict_of_the_command_line(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    policies = [None, *POLICIES]
    hosts = set()
    for number, (file, run) in enumerate(server.uploads):
        for place, identity, program in every_program(server):
            # Each policy is met with each guideline, and not with each example.
            for policy in policies[number % 3 :: 3]:
                day = DAYS[number % 2]
                asked = [] if policy is None else ["--policy", policy]
                words = ["-g", str(place), "-p", program, "--as-of", day, "-f", "json", *asked]
                here = from_the_command_line(capsys, file, *words)
                wanted = VerdictRequest(guideline=identity, program=program, policy=policy, as_of=day, form="json")
                there = asked_of(server, run, wanted)
                if not there.startswith("{"):
                    assert there in here, (file.name, identity, program, policy)
                    continue
                judgements = [json.loads(one)["judgement"] for one in (here, there)]
                assert judgements[0] == judgements[1], (file.name, identity, program, policy)
                hosts |= {one["standing"] for one in judgements[1]["hosts"]}
    assert hosts >= {"pass", "incomplete"}


def asked_of(server: Server, run: bytes, wanted: VerdictRequest) -> str:
    """What the server says, or why it does not."""
    try:
        return runs.verdict(server.services, server.asker, run, wanted)[1].rendered.decode()
    except InvalidRequest as error:
        return str(error)


def test_a_verdict_that_is_kept_is_that_of_the_command_line_and_found_again(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """With masks or without, of an add-on or not: what lists show is what `judge` says."""
    file = server.uploads[-1].file
    today = dt.datetime.fromtimestamp(server.services.clock() / 1e6, dt.UTC).date().isoformat()
    for place, identity, program in every_program(server):
        about = AboutRun(name=file.name, guideline=identity, program=program)
        run = runs.receive(server.services, server.asker, file, about)
        here = json.loads(
            from_the_command_line(capsys, file, "-g", str(place), "-p", program, "--as-of", today, "-f", "json")
        )["judgement"]
        assert (run.standing, run.sentence) == (here["standing"], here["sentence"]), identity
    assert list(verify(server.services)) == []


def test_a_program_alone_means_the_guideline_that_judge_takes(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    file = EXAMPLES[0]
    for program in ("object", "scs-0128"):
        run = runs.receive(server.services, server.asker, file, AboutRun(name=file.name, program=program))
        here = json.loads(from_the_command_line(capsys, file, "-p", program, "-f", "json"))["judgement"]
        assert (run.program, run.sentence) == (here["program"]["name"], here["sentence"])
    for program in ("nothing", "openstack"):
        with pytest.raises(InvalidRequest):
            runs.receive(server.services, server.asker, file, AboutRun(name=file.name, program=program))
