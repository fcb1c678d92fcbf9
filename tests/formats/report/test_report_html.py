from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from certmark.domain.policies import REFSTACK_2020, Policy
from certmark.domain.results import Attempt, Detail, Outcome
from certmark.domain.run_summary import RunSummary
from certmark.domain.verdict_values import Verdict
from certmark.reporting.pages import with_bugs
from certmark.reporting.verdict.html import render_html
from certmark.reporting.verdict.view import VerdictView
from certmark.reporting.views import Form, render

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """The elements of a page, and whether they nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def page(verdict: Verdict) -> Page:
    return Page(render_html(verdict, evaluator="1.2.3").decode())


def test_elements_nest_and_links_lead_somewhere(everything: Verdict, hostile: Verdict, nothing: Verdict) -> None:
    for verdict in (everything, hostile, nothing):
        shown = page(verdict)
        assert shown.open == []
        ids = [attributes["id"] for _, attributes in shown.found if "id" in attributes]
        assert len(ids) == len(set(ids))
        targets = [attributes["href"] or "" for _, attributes in shown.found if "href" in attributes]
        inner = {target for target in targets if not target.startswith("https://bugs.launchpad.net/bugs/")}
        assert {target.removeprefix("#") for target in inner} <= set(ids)
        labels = {attributes["aria-labelledby"] for _, attributes in shown.found if "aria-labelledby" in attributes}
        assert labels <= set(ids)


def test_nothing_is_loaded_and_only_the_script_of_the_policy_runs(everything: Verdict, hostile: Verdict) -> None:
    for verdict in (everything, hostile):
        shown = page(verdict)
        for tag, attributes in shown.found:
            assert tag not in {"link", "img", "iframe", "object", "form"}
            assert not [name for name in attributes if name.startswith("on") or name == "src"]
            assert (attributes.get("href") or "#").startswith(("#", "https://bugs.launchpad.net/bugs/"))
        text = render_html(verdict, evaluator="1.2.3").decode()
        assert "@import" not in text
        assert "url(" not in text
        policy = next(entry["content"] or "" for entry in shown.all("meta") if "http-equiv" in entry)
        assert policy.startswith("default-src 'none'")
        (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"script-src 'sha256-{digest}';" in policy


def test_hostile_text_is_shown_and_does_nothing(hostile: Verdict) -> None:
    text = render_html(hostile, evaluator="1.2.3").decode()
    assert text.count("<script") == 1
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert not {character for character in text if not character.isprintable()} - {"\n"}


def test_there_is_a_cell_for_each_required_capability(everything: Verdict) -> None:
    labels = [entry["aria-label"] for entry in page(everything).all("svg") if "cell" in (entry.get("class") or "")]
    assert labels == [
        "things-create: FAIL, 2 counted tests: 2 failed",
        "things-list: INCOMPLETE, 3 counted tests: 3 left a gap",
        "things-class: INCOMPLETE, 2 counted tests: 2 left a gap",
        "things-old: PASS, 2 counted tests: 2 passed",
        "things-again: PASS, 1 counted test: 1 passed",
        "things-flagged: NOT JUDGED, nothing to count",
        "things-waived: PASS, 1 counted test: 1 passed",
    ]


@pytest.mark.parametrize(
    "said",
    [
        "Powered Things under the draft guideline 2026.11: FAIL;",
        "<title>FAIL: Powered Things, guideline 2026.11</title>",
        "No image found with ID &lt;id&gt;",
        "<code>tx1</code>",
        "disabled",
        "it began and nothing was heard of it again",
        "flagged: [D400] needs an admin",
        "waived: a bug of the suite (granted by the board, until 2030-01-01, https://example.org/7; not signed)",
        "attempts: failed, passed",
        "t.New.test_name",
        "left a volume",
        "ACME Cloud",
        "e" * 64,
        "7f36f93458320ef2d0a1a6a51e2f3be45a4012d0e1d56342530140ff7e7bca6a",
        "It stops in the middle.",
        "os_powered_compute</code>: not judged",
        "Certmark 1.2.3",
    ],
)
def test_the_page_tells_everything(everything: Verdict, said: str) -> None:
    assert said in render_html(everything, evaluator="1.2.3").decode()


def test_every_table_has_a_caption_and_the_page_its_landmarks(everything: Verdict) -> None:
    shown = page(everything)
    assert len(shown.all("table")) == len(shown.all("caption"))
    assert [len(shown.all(tag)) for tag in ("header", "main", "nav", "footer", "h1")] == [1, 1, 1, 1, 1]
    assert shown.all("html") == [{"lang": "en"}]


def test_every_control_has_a_label(everything: Verdict) -> None:
    text = render_html(everything, evaluator="1.2.3").decode()
    for control in re.findall(r"<(?:input|select)[^>]*>", text):
        before = text[: text.index(control)]
        assert before.count("<label") > before.count("</label>"), control
    assert len(re.findall(r"<button[^>]*>[^<]+</button>", text)) == text.count("<button")


RUN = RunSummary(
    run="20261128-120000-north-1a2b",
    cloud="https://north.example/v3 RegionOne",
    identity="cloud:abc/RegionOne",
    suite="tempest",
    version="47.0.0",
    workers=4,
    is_signed=False,
    killed=("t.Slow (timed-out)",),
)


@pytest.mark.parametrize(
    "said",
    [
        "<dt>Cloud</dt><dd>https://north.example/v3</dd>",
        "<dt>Region</dt><dd>RegionOne</dd>",
        "<dt>Identity of the cloud</dt><dd>cloud:abc/RegionOne</dd>",
        "<dt>Run</dt><dd>20261128-120000-north-1a2b</dd>",
        "<dt>Suite</dt><dd>tempest 47.0.0</dd>",
        "<dt>Workers</dt><dd>4 classes at a time</dd>",
        "<dt>Signature</dt><dd>unsigned</dd>",
        "<code>t.Slow (timed-out)</code>",
        "<code>try that</code>",
    ],
)
def test_the_page_of_a_run_says_of_which_cloud_and_run_it_is(everything: Verdict, said: str) -> None:
    assert said in render_html(everything, evaluator="1.2.3", runs=(RUN,), steps=("try that",)).decode()


def test_the_text_of_a_run_begins_with_the_verdict_and_the_run(everything: Verdict) -> None:
    lines = render(VerdictView(everything, evaluator="1.2.3", runs=(RUN,)), Form.TEXT).decode().splitlines()
    assert lines[1].startswith(
        "Run 20261128-120000-north-1a2b; cloud https://north.example/v3 RegionOne; tempest 47.0.0;"
    )
    assert lines[1].endswith("; 4 classes at a time; unsigned")


def test_a_pass_on_a_later_attempt_is_said_in_the_banner(verdict_on: Callable[..., Verdict]) -> None:
    told = [
        Attempt("t.A.test_a", None, outcome, started=at * 10**10, seconds=1.0)
        for at, outcome in enumerate((Outcome.FAILED, Outcome.PASSED))
    ]
    text = render_html(verdict_on(*told), evaluator="1.2.3").decode()
    banner = text[text.index('class="banner') : text.index('<dl class="facts">')]
    assert '<a href="#attempts">1 test passed only on a later attempt</a>.' in banner


def test_a_test_that_failed_shows_its_call_and_its_traceback(everything: Verdict) -> None:
    text = render_html(everything, evaluator="1.2.3").decode()
    assert "<code>PUT http://cloud/v1: 503 (tx1)</code>" in text
    assert "Traceback\n  No image found with ID" in text


def test_tracebacks_of_many_tests_do_not_make_the_page_too_large(verdict_on: Callable[..., Verdict]) -> None:
    detail = Detail("broke", "x" * 60_000, ())
    told = [Attempt(f"t.Many.test_{number}", None, Outcome.FAILED, detail=detail) for number in range(300)]
    text = render_html(verdict_on(*told), evaluator="1.2.3").decode()
    assert text.count("x" * 3000) == 40
    assert text.count("x" * 3001) == 0
    assert text.count("The page is full") == 260


def test_the_headline_of_a_cause_has_no_markup_and_the_row_has_all_of_it(verdict_on: Callable[..., Verdict]) -> None:
    reason = "No image found<br /><br />\\n\\n\\n', 'code': '404"
    told = Attempt("t.A.test_a", None, Outcome.FAILED, detail=Detail(reason, "", ()))
    text = render_html(verdict_on(told), evaluator="1.2.3").decode()
    assert "<h4>1 test: No image found &#39;, &#39;code&#39;: &#39;404</h4>" in text
    assert "No image found&lt;br /&gt;&lt;br /&gt;" in text


def test_an_advisory_capability_that_nobody_ran_is_not_run_and_no_gap(verdict_on: Callable[..., Verdict]) -> None:
    verdict = verdict_on(Attempt("t.A.test_a", None, Outcome.PASSED), advisory=["t.B.test_b"])
    text = render_html(verdict, evaluator="1.2.3").decode()
    assert '<span class="word quiet">NOT RUN</span><code>more</code>' in text
    assert "INCOMPLETE" not in text
    said = render(VerdictView(verdict, evaluator="1.2.3"), Form.TEXT).decode()
    assert "advisory: 1 capability was not run (shown, never weigh)" in said


def test_the_bug_of_a_flag_is_a_link_and_nothing_else_of_it_is() -> None:
    assert str(with_bugs('see bug#2147232 <b>"x"</b>')) == (
        'see <a href="https://bugs.launchpad.net/bugs/2147232" rel="noopener noreferrer">bug#2147232</a> '
        "&lt;b&gt;&#34;x&#34;&lt;/b&gt;"
    )


def test_refstack_numbers_and_rules_are_told_under_its_policy(everything_under: Callable[[Policy], Verdict]) -> None:
    text = render_html(everything_under(REFSTACK_2020), evaluator="1.2.3").decode()
    assert "RefStack: compliance with 2026.11: NO, 3 of 13" in text
    assert "with nothing to count the answer is yes" in text


def test_text_can_be_read_against_its_ground(everything: Verdict) -> None:
    """WCAG 2.2, 1.4.3: a contrast of 4.5 at least, in the light and in the dark."""
    text = render_html(everything, evaluator="1.2.3").decode()
    palettes = [
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", part)) for part in text.split("prefers-color-scheme")[:2]
    ]
    for palette in palettes:
        for ink in ("ink", "soft", "link", "good", "bad", "gap", "quiet"):
            for ground in ("page", "card", *([f"{ink}-fill"] if f"{ink}-fill" in palette else [])):
                assert contrast(palette[ink], palette[ground]) >= 4.5, (ink, ground)
        for ground in ("good-fill", "bad-fill", "gap-fill", "quiet-fill"):
            assert contrast(palette["ink"], palette[ground]) >= 4.5
            assert contrast(palette["soft"], palette["quiet-fill"]) >= 4.5


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
