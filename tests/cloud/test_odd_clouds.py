"""Odd and hostile clouds, each looked at by every verb that talks to a cloud.

What holds for all of them: nothing crashes (no status 70, no traceback), nothing hangs, and neither the password nor
the token stands in anything that is said or written, but in the files that a suite signs in with.
"""

from __future__ import annotations

import contextlib
import json
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.cloud.timeouts import VARIABLE
from simulators import faults
from simulators.certificates import self_signed, server_side
from simulators.openstack_cloud import PASSWORD, PROJECT, TOKEN, USUAL, Fault, OpenStackCloud, Service
from simulators.serving import clouds_yaml, served
from support.waiting import PATIENCE

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]

TOO_LONG = PATIENCE
"""Seconds after which a verb counts as hanging: each of its deadlines, many times over."""


class Odd(NamedTuple):
    """A cloud that is odd in one way."""

    faults: tuple[Fault, ...] = ()
    cloud: Mapping[str, Any] = {}
    """Of its constructor."""
    extra: tuple[dict[str, Any], ...] = ()
    """More entries of its catalogue."""
    entry: Mapping[str, Any] = {}
    """More keys of its entry in clouds.yaml."""
    works: bool = False
    """Whether discovery makes a configuration of it."""
    seconds: float = 2.0
    """For one of its answers."""


def endpoint(url: str, region: str | None = "RegionOne", **more: Any) -> dict[str, Any]:
    return {"id": "e", "interface": "public", "region_id": region, "region": region, "url": url, **more}


def entry_of(kind: str, *endpoints: dict[str, Any]) -> dict[str, Any]:
    return {"id": kind, "type": kind, "name": kind, "endpoints": list(endpoints)}


off = faults.off_sign_in
UNREACHABLE = "http://unreachable.invalid:8774/v2.1"
THREE = ("RegionOne", "RegionTwo", "RegionThree")

ODD: dict[str, Odd] = {
    "a sound one": Odd(works=True),
    "a catalogue with three regions": Odd(cloud={"regions": THREE}, works=True),
    "services that stand twice": Odd(
        cloud={"services": (*USUAL, *USUAL)},
        extra=(entry_of("compute", endpoint("{url}/RegionOne/compute/v2.1")),),
        works=True,
    ),
    "what is left of v2": Odd(
        extra=(
            entry_of("volume", endpoint("{url}/old/v1")),
            entry_of("volumev2", endpoint("{url}/old/v2")),
            entry_of("computev20", endpoint("{url}/RegionOne/compute/v2")),
            entry_of("identityv2", endpoint("{url}/v2.0")),
        ),
        works=True,
    ),
    "volumes of v2 only": Odd(
        cloud={"services": tuple(one for one in USUAL if "volume" not in one.path)},
        extra=(entry_of("volumev2", endpoint("{url}/old/v2")),),
        works=True,
    ),
    "new names for services": Odd(
        cloud={"services": (*USUAL, Service("block-store", "cinder", "/volume/v3"),
                            Service("shared-file-system", "manila", "/share"))},
        works=True,
    ),
    "a catalogue of nonsense": Odd(
        extra=(
            {"type": None, "endpoints": None}, {}, entry_of("x", {}), entry_of("y", endpoint("")),
            entry_of("z", endpoint("no url")), entry_of("dns", endpoint("http://[::1")),
            entry_of("key-manager", endpoint("file:///etc/passwd")), entry_of("orchestration", {"url": None}),
        ),
    ),
    "an endpoint on a host that does not resolve": Odd(
        cloud={"services": tuple(one for one in USUAL if one.type != "network")},
        extra=(entry_of("network", endpoint(UNREACHABLE)),),
        works=True,
    ),
    "an endpoint where nothing listens": Odd(
        cloud={"services": tuple(one for one in USUAL if one.type != "network")},
        extra=(entry_of("network", endpoint("http://127.0.0.1:9")),),
        works=True,
    ),
    "no catalogue": Odd(cloud={"services": ()}),
    "403 on half of the calls": Odd((off(faults.by_path(0.5, faults.says(403), seed=1)),)),
    "403 on the other half": Odd((off(faults.by_path(0.5, faults.says(403), seed=2)),)),
    "403 on everything": Odd((off(faults.says(403)),)),
    "401 on everything": Odd((off(faults.says(401)),)),
    "500 on everything": Odd((off(faults.says(500)),)),
    "broken JSON": Odd((off(faults.body(b'{"flavors": [{"id": ')),)),
    "HTML": Odd((off(faults.body(b"<html><h1>It works!</h1></html>")), off(faults.content_type("text/html")))),
    "another content type": Odd((faults.content_type("text/plain; charset=utf-16"),)),
    "no content type": Odd((faults.content_type(""),)),
    "empty bodies": Odd((off(faults.body(b"")),)),
    "204 on everything": Odd((off(faults.says(204, b"")),)),
    "a number for a document": Odd((off(faults.says(200, 7)),)),
    "a list for a document": Odd((off(faults.says(200, [[]])),)),
    "values of other types": Odd((off(faults.of_other_types()),)),
    "nulls for values": Odd((off(faults.with_nulls()),)),
    "deep JSON": Odd((off(faults.deep()),)),
    "a huge body": Odd((faults.on("flavors", faults.huge(80 << 20)),)),
    "bytes that are not UTF-8": Odd((off(faults.body(b'{"flavors": "\xff\xfe\x80"}')),)),
    "no Unicode": Odd((off(faults.body(b'{"flavors": "\\ud800", "images": "\\u0000"}')),)),
    "redirects to plain http elsewhere": Odd((off(faults.redirect("http://127.0.0.1:9")),)),
    "redirects to a host that does not resolve": Odd((off(faults.redirect("https://elsewhere.invalid", 307)),)),
    "redirects in a ring": Odd((off(faults.round_and_round()),)),
    "redirects to a file": Odd((off(faults.redirect("file:///etc")),)),
    "sign-in that leads elsewhere": Odd((faults.on("tokens", faults.redirect("http://127.0.0.1:9", 307)),)),
    "pages in a ring": Odd((faults.on("images", faults.pages_in_a_ring("images")),), works=True),
    "pages without end": Odd((faults.on("images", faults.pages_without_end("images")),), works=True),
    "10,000 images": Odd(cloud={"images": 10_000}, works=True),
    "no image": Odd(cloud={"images": 0}, works=True),
    "endpoints that never answer": Odd((off(faults.hangs()),), seconds=0.3),
    "one that never answers": Odd((faults.on("network", faults.hangs()),), works=True),
    "endpoints that trickle": Odd((off(faults.trickles()),), seconds=0.3),
    "Keystone never answers": Odd((faults.hangs(),), seconds=0.3),
    "Keystone trickles": Odd((faults.trickles(),), seconds=0.3),
    "endpoints whose headers trickle": Odd((off(faults.drips()),), seconds=0.3),
    "Keystone's headers trickle": Odd((faults.drips(),), seconds=0.3),
    "Keystone breaks off": Odd((faults.resets(),)),
    "Keystone says nonsense": Odd((faults.on("tokens", faults.body(b"]")),)),
    "Keystone gives an empty token": Odd((faults.on("tokens", faults.says(201, {"token": {}})),)),
    "Keystone gives a token of other types": Odd((faults.on("tokens", faults.of_other_types()),)),
    "Keystone gives nulls": Odd((faults.on("tokens", faults.with_nulls()),)),
    "Keystone answers with deep JSON": Odd((faults.on("v3", faults.deep()),)),
    "a tenth of the calls fails": Odd((faults.share(0.1, faults.says(503), seed=4),), works=True),
    "a tenth of the connections is torn": Odd((faults.share(0.1, faults.resets(), seed=5),), works=True),
    "a tenth is slow": Odd((off(faults.share(0.1, faults.slow(0.2), seed=6)),), works=True),
    "429 once for each path": Odd((off(faults.busy("0", times=1)),), works=True),
    "429 for ever, with a long wait": Odd((off(faults.busy("86400")),), seconds=0.3),
    "429 with nonsense": Odd((off(faults.busy("soon")),), seconds=0.3),
    "429 with a wait before now": Odd((off(faults.busy("-5", times=1)),), works=True),
    "a clock an hour ahead": Odd((faults.skewed(3600),), works=True),
    "a date that is none": Odd((faults.content_type("application/json"),
                                lambda _asked, reply: reply.with_headers(Date="yesterday")), works=True),
    "errors that tell the secrets": Odd((off(faults.tells_secrets()),)),
    "refusals that tell the secrets": Odd((off(faults.tells_secrets(403)),)),
    "sign-in that tells the secrets": Odd((faults.on("tokens", faults.tells_secrets(401)),)),
    "sign-in that breaks and tells the secrets": Odd((faults.on("tokens", faults.tells_secrets(500)),)),
    "redirects that tell the secrets": Odd((off(faults.redirect(f"http://{TOKEN}:{PASSWORD}@127.0.0.1:9")),)),
    "things called like escape sequences": Odd((off(faults.names_that_steer_terminals()),)),
    "Swift beneath another path": Odd(
        cloud={"services": tuple(one for one in USUAL if one.type != "object-store")},
        extra=(entry_of("object-store", endpoint(f"{{url}}/RegionOne/swift/v1/AUTH_{PROJECT}")),),
        works=True,
    ),
}  # fmt: skip


class Verb(NamedTuple):
    """A verb, and how it is used here."""

    words: Callable[[Path], list[str]]
    statuses: frozenset[Exit]


def accounts_in(folder: Path) -> str:
    user = {"username": "demo", "password": PASSWORD, "project_name": "demo", "domain_name": "Default"}
    path = folder / "given.yaml"
    path.write_text(json.dumps([{**user, "roles": ["member"]}]))
    return str(path)


USED: dict[str, Verb] = {
    "cloud discover": Verb(
        lambda folder: ["--os-cloud", "odd", "--out", str(folder / "written")],
        frozenset({Exit.OK, Exit.INCOMPLETE, Exit.FAIL, Exit.ENVIRONMENT}),
    ),
    "cloud doctor": Verb(
        lambda _: ["--os-cloud", "odd", "--no-suite", "--full"], frozenset({Exit.OK, Exit.ENVIRONMENT})
    ),
    "cloud leftovers": Verb(
        lambda folder: ["--os-cloud", "odd", "--save", str(folder / "inventory.json")],
        frozenset({Exit.OK, Exit.INCOMPLETE, Exit.ENVIRONMENT}),
    ),
    "cloud accounts check": Verb(
        lambda folder: ["--os-cloud", "odd", "-p", "object", "--suite", "none", accounts_in(folder)],
        frozenset({Exit.OK, Exit.FAIL, Exit.ENVIRONMENT}),
    ),
}


@pytest.fixture(autouse=True)
def short_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "2")


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """Nothing in the block hangs."""

    def hung(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"it hangs: not at its end after {TOO_LONG:g} s")

    before = signal.signal(signal.SIGALRM, hung)
    signal.setitimer(signal.ITIMER_REAL, TOO_LONG)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


SIGNS_IN = frozenset({"clouds.yaml", "given.yaml", "tempest.conf", "accounts.yaml"})
"""Files that hold the password because somebody signs in with it."""


def leaks(folder: Path, said: str) -> list[str]:
    """Where a secret stands that should not."""
    places = ["what was said"] if PASSWORD in said or TOKEN in said else []
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        if TOKEN.encode() in content or (PASSWORD.encode() in content and path.name not in SIGNS_IN):
            places.append(path.name)
    return places


def used(name: str, folder: Path) -> list[str]:
    return [*name.split(), *USED[name].words(folder)]


def pairs() -> Iterator[Any]:
    """Every odd cloud with discovery, every second one with another verb in turn; all with all where time allows."""
    others = [name for name in USED if name != "cloud discover"]
    for number, (what, odd) in enumerate(ODD.items()):
        for place, name in enumerate(["cloud discover", *others]):
            now = place == 0 or (number % 2 == 0 and number // 2 % len(others) == place - 1)
            yield pytest.param(odd, name, id=f"{name}-{what}", marks=[] if now else [pytest.mark.cloud])


@pytest.mark.thorough
@pytest.mark.parametrize(("odd", "name"), list(pairs()))
def test_nothing_crashes_hangs_or_leaks(
    odd: Odd, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    cloud = OpenStackCloud(**odd.cloud, faults=odd.faults)
    cloud.extra = list(odd.extra)
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(VARIABLE, str(odd.seconds))
    with served(cloud), watched():
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds_yaml(tmp_path, odd=cloud.entry(**odd.entry))))
        status = main(used(name, tmp_path))
    out, err = capfd.readouterr()
    assert status in USED[name].statuses, out + err
    assert "Traceback" not in out + err
    assert "\x1b" not in out + err
    assert leaks(tmp_path, out + err) == []
    if odd.works and name == "cloud discover":
        assert status in {Exit.OK, Exit.INCOMPLETE}, err
    if status == Exit.ENVIRONMENT and name != "cloud doctor":
        assert len(err.strip().splitlines()) == 1, err


def test_a_token_does_not_follow_a_redirect_to_another_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    stranger, cloud = OpenStackCloud(), OpenStackCloud()
    with served(stranger), served(cloud), watched():
        cloud.faults = (off(faults.redirect(stranger.url)),)
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds_yaml(tmp_path, odd=cloud.entry())))
        for name in ("cloud discover", "cloud leftovers", "cloud doctor"):
            main(used(name, tmp_path))
    assert [asked.path for asked in stranger.asked if "x-auth-token" in asked.headers] == []
    assert [asked.path for asked in stranger.asked if PASSWORD.encode() in asked.body] == []
    assert "Traceback" not in capfd.readouterr().err


def test_ten_thousand_images_cost_a_few_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = OpenStackCloud(images=10_000)
    with served(cloud), watched():
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds_yaml(tmp_path, odd=cloud.entry())))
        assert main(used("cloud discover", tmp_path)) == Exit.OK
    assert len([asked for asked in cloud.asked if asked.path.endswith("/images")]) <= 15


CERTIFICATES: dict[str, dict[str, Any]] = {
    "self-signed": {},
    "expired": {"expired": True},
    "of another name": {"name": "elsewhere.example.org"},
}


@pytest.mark.parametrize("name", ["cloud discover", "cloud doctor", "cloud leftovers"])
@pytest.mark.parametrize("bad", CERTIFICATES.keys())
def test_no_password_goes_to_a_server_whose_certificate_is_bad(
    bad: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = self_signed(tmp_path, **CERTIFICATES[bad])
    cloud = OpenStackCloud()
    with served(cloud, server_side(path)), watched():
        trusted = {} if bad == "self-signed" else {"cacert": str(path)}
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds_yaml(tmp_path, odd=cloud.entry(**trusted))))
        status = main(used(name, tmp_path))
    assert status == Exit.ENVIRONMENT
    assert "certificate" in "".join(capfd.readouterr())
    assert [asked for asked in cloud.asked if PASSWORD.encode() in asked.body] == []


def test_a_certificate_that_is_given_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = self_signed(tmp_path)
    cloud = OpenStackCloud()
    with served(cloud, server_side(path)), watched():
        entry = cloud.entry(cacert=str(path))
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds_yaml(tmp_path, odd=entry)))
        assert main(used("cloud discover", tmp_path)) == Exit.OK
