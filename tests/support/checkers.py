"""What looks at pages for us: axe-core inside the browser, and the W3C's checker of HTML, both as npm has them."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from support.browser import Browser
from support.npm import modules

PARTS = Path(__file__).parent / "pages"
AA = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""What is asked for (facts: WCAG 2.2 AA), and what axe's authors advise beside it."""
BY_WIDTH = ("color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block")
"""Rules whose answer may be another one in a narrow window, or in the dark."""


@cache
def axe_source() -> str:
    """The script."""
    return (modules(PARTS) / "node_modules" / "axe-core" / "axe.min.js").read_text()


def faults(browser: Browser, rules: tuple[str, ...] = ()) -> list[str]:
    """What axe finds on the page as it is shown now; with `rules` by these only."""
    if not browser.ask("typeof axe === 'object'"):
        browser.ask(f"{axe_source()};0")
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": list(AA)}
    options = {"runOnly": only, "resultTypes": ["violations"], "elementRef": False}
    found = browser.later(f"axe.run(document, {json.dumps(options)}).then(found => found.violations)")
    return [f"{one['id']}: {_where(one['nodes'])}" for one in found]


def _where(nodes: list[dict[str, Any]]) -> str:
    places = [
        f"{' '.join(map(str, node['target']))} ({node['failureSummary'].splitlines()[-1].strip()})" for node in nodes
    ]
    return f"{len(places)} x {'; '.join(places[:3])}"[:700]


def faults_of_html(folder: Path) -> list[str]:
    """What the checker says of every page in a folder. Skips where it cannot run."""
    if shutil.which("java") is None:
        pytest.skip("Java is not installed (Debian: default-jre-headless)")
    jar = modules(PARTS) / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
    command = ["java", "-Xss4m", "-jar", str(jar), "--format", "json", "--skip-non-html", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    messages = json.loads(done.stderr)["messages"]
    return sorted(
        {f"{Path(one['url']).name}: {one['type']} {one['message']}" for one in messages if one["type"] != "info"}
    )
