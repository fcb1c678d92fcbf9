"""`certmark guideline render`: pages whose links lead somewhere, written over nobody's files."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from support.browser import CONTRAST, PROGRAM, Browser
from support.lint_documents import LIST, SHOW, before, encoded, sound

HOSTILE = "<script>alert(1)</script> \u202e [x](https://evil.example) | `"
FORMAT_3 = Path(__file__).parents[1] / "assets" / "guideline" / "sound" / "format_3.yaml"


class Page(HTMLParser):
    """The links, the anchors and the tags of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        if values.get("id"):
            self.anchors.append(str(values["id"]))
        if tag == "a":
            self.links.append(str(values.get("href")))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two guidelines of one family, an add-on, a list and one of format 3."""
    monkeypatch.chdir(tmp_path)
    later = sound()
    later["capabilities"]["list"]["description"] = HOSTILE
    tests = later["capabilities"]["list"]["tests"]
    tests[SHOW]["flagged"] = {"reason": HOSTILE, "action": "wait", "date": "2099-01-01"}
    tests["suite.A.test_x[a b](c)#d"] = {"idempotent_id": ""}
    (tmp_path / "2099.06.json").write_bytes(encoded(later))
    (tmp_path / "2098.12.json").write_bytes(encoded(before()))
    (tmp_path / "ours.lst").write_text(f"# title: Ours\n{LIST}\n[sig] a sentence with words\n")
    return tmp_path


def render(*words: str, form: str = "html") -> int:
    named = ("2099.06.json", "2098.12.json", "ours.lst", str(FORMAT_3))
    return main(["guideline", "render", *named, "--format", form, "site", "-q", *words])


def pages(folder: Path) -> Iterator[tuple[str, Page]]:
    for path in sorted(folder.rglob("*.html")):
        yield path.relative_to(folder).as_posix(), Page(path.read_text(encoding="utf-8"))


@pytest.mark.usefixtures("folder")
def test_every_link_and_anchor_leads_somewhere() -> None:
    assert render() == Exit.OK
    site = dict(pages(Path("site")))
    assert {"index.html", "history.html", "guidelines/2099.06.html", "capabilities/list.html"} < site.keys()
    for name, page in site.items():
        assert len(set(page.anchors)) == len(page.anchors), name
        for link in page.links:
            assert "://" not in link, link
            target, _, anchor = link.partition("#")
            place = posixpath.normpath(posixpath.join(posixpath.dirname(name), target)) if target else name
            assert place in site, (name, link)
            assert not anchor or anchor in site[place].anchors, (name, link)


@pytest.mark.usefixtures("folder")
def test_every_link_of_the_markdown_leads_somewhere() -> None:
    assert render(form="md") == Exit.OK
    texts = {path.relative_to("site").as_posix(): path.read_text() for path in Path("site").rglob("*.md")}
    for name, text in texts.items():
        assert "<script>" not in text
        for link in re.findall(r"(?<!\\)\]\(([^)]*)\)", text):
            target, _, anchor = link.partition("#")
            place = posixpath.normpath(posixpath.join(posixpath.dirname(name), target)) if target else name
            assert place in texts, (name, link)
            assert not anchor or f'<a id="{anchor}"></a>' in texts[place], (name, link)


@pytest.mark.usefixtures("folder")
def test_nothing_of_a_guideline_becomes_markup() -> None:
    render()
    for name, page in pages(Path("site")):
        assert page.tags.count("script") == 1, name
    assert "\u202e" not in Path("site/capabilities/list.html").read_text()


@pytest.mark.usefixtures("folder")
def test_anchors_stay_whatever_comes_before_them() -> None:
    render()
    page = dict(pages(Path("site")))["capabilities/list.html"]
    assert f"test-{LIST}" in page.anchors
    assert "capability-list" in dict(pages(Path("site")))["guidelines/2099.06.html"].anchors


@pytest.mark.usefixtures("folder")
def test_a_check_says_whether_what_is_there_is_what_would_be_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert render("--check") == Exit.FAIL
    assert not Path("site").exists()
    render()
    assert render("--check") == Exit.OK
    document = json.loads(Path("2099.06.json").read_bytes())
    document["capabilities"]["list"]["description"] = "otherwise"
    Path("2099.06.json").write_bytes(encoded(document))
    capsys.readouterr()
    assert render("--check", "--json") == Exit.FAIL
    said = json.loads(capsys.readouterr().out)
    assert (said["new"], said["stale"]) == ([], [])
    assert "capabilities/list.html" in said["changed"]
    assert render() == Exit.OK
    assert render("--check") == Exit.OK


@pytest.mark.usefixtures("folder")
def test_files_of_others_are_never_written_over(capsys: pytest.CaptureFixture[str]) -> None:
    Path("site/guidelines").mkdir(parents=True)
    Path("site/index.html").write_text("mine")
    assert render() == Exit.USAGE
    assert "1 file that was not made here, or changed by hand since (index.html)" in capsys.readouterr().err
    assert [path.name for path in Path("site").rglob("*") if path.is_file()] == ["index.html"]
    Path("site/index.html").unlink()
    Path("site/notes.txt").write_text("mine")
    assert render() == Exit.OK
    assert Path("site/notes.txt").read_text() == "mine"
    Path("site/history.html").write_text("by hand")
    Path("2098.12.json").write_bytes(encoded(sound()))
    assert render() == Exit.USAGE
    assert Path("site/history.html").read_text() == "by hand"


@pytest.mark.usefixtures("folder")
def test_pages_that_are_no_longer_made_go(capsys: pytest.CaptureFixture[str]) -> None:
    render()
    assert main(["guideline", "render", "2099.06.json", "site", "-q"]) == Exit.OK
    assert not Path("site/guidelines/ours.html").exists()
    assert main(["guideline", "render", "2099.06.json", "site", "-q", "--format", "md"]) == Exit.USAGE
    assert "holds the site in another form" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_a_manifest_leads_nowhere_else() -> None:
    outside = Path("outside.html")
    outside.write_text("mine")
    Path("site").mkdir()
    files = {"../outside.html": "0" * 64}
    manifest = {"format": "certmark-guideline-site", "version": 1, "form": "html", "files": files}
    Path("site/certmark-site.json").write_text(json.dumps(manifest))
    assert render() == Exit.UNREADABLE
    assert outside.read_text() == "mine"


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed (Debian's package is chromium)")
def test_in_a_browser_the_pages_are_readable_and_quiet(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    render()
    browser = Browser(tmp_path_factory.mktemp("browser") / "profile")
    try:
        for name in ("index", "history", "guidelines/2099.06", "capabilities/list", "guidelines/ours"):
            for is_dark in (False, True):
                browser.show(folder / "site" / f"{name}.html", width=360, height=800, dark=is_dark)
                assert browser.ask("document.documentElement.scrollWidth") <= 360, name
                assert browser.ask(CONTRAST) == [], (name, is_dark)
            outlines = []
            for _ in range(4):
                browser.press_tab()
                outlines.append(browser.ask(_OUTLINE))
            assert all(width >= 2 for _, width in outlines), (name, outlines)
            assert outlines[0][0] == "Skip to the content"
            assert len({text for text, _ in outlines}) > 1, name
        assert browser.troubles == []
    finally:
        browser.close()


_OUTLINE = """(() => {
  const style = getComputedStyle(document.activeElement);
  return [document.activeElement.textContent.trim(), style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth)];
})()"""
