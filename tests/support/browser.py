"""A headless Chromium, spoken to over two pipes in its DevTools protocol: no port, no driver, no package.

https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_PATIENCE = 120.0
_FLAGS = (
    *("--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *(
        "--no-first-run",
        "--disable-background-networking",
        "--disable-sync",
        "--disable-extensions",
        "--hide-scrollbars",
    ),
)

CONTRAST = """
(() => {
  const parts = text => { const m = text.match(/[\\d.]+/g); return m ? m.map(Number) : [0, 0, 0, 0]; };
  const over = (top, below) => { const a = top[3] ?? 1; return [0, 1, 2].map(i => top[i] * a + below[i] * (1 - a)); };
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b; };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => n - m); return (x + .05) / (y + .05); };
  const behind = element => {
    let found = [];
    for (let e = element; e; e = e.parentElement) {
      const style = getComputedStyle(e);
      const drawn = style.backgroundImage.match(/rgba?\\([^)]*\\)/g);
      if (drawn) return drawn.map(c => parts(c));
      const colour = parts(style.backgroundColor);
      if ((colour[3] ?? 1) > 0) return [colour];
    }
    return [[255, 255, 255]];
  };
  const bad = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest("script, style, svg")) continue;
    const ink = parts(getComputedStyle(element).color);
    for (const ground of behind(element)) {
      const found = ratio(over(ink, ground), ground.slice(0, 3));
      if (found < 4.5) bad.add(`${element.tagName}.${element.className}: ${found.toFixed(2)}`);
    }
  }
  return [...bad];
})()
"""
"""Elements whose text has less contrast than WCAG 2.2 AA asks for (1.4.3)."""


_KEYS = {
    "Tab": ("Tab", 9, ""),
    "Enter": ("Enter", 13, "\r"),
    "Space": ("Space", 32, " "),
    "Escape": ("Escape", 27, ""),
    "ArrowDown": ("ArrowDown", 40, ""),
    "ArrowUp": ("ArrowUp", 38, ""),
}


@dataclass
class Fetched:
    """A request of a page."""

    url: str
    kind: str
    """Document, Stylesheet, Script, Image …"""
    status: int = 0
    size: int = 0
    """Bytes that came over the wire."""


class Browser:
    """One page in a browser of its own; `close` ends it."""

    def __init__(self, folder: Path) -> None:
        assert PROGRAM is not None
        ours = [os.pipe(), os.pipe()]
        # High numbers: they are put to 3 and 4, which must be neither of them.
        theirs = [fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in (ours[0][0], ours[1][1])]
        words = [PROGRAM, *_FLAGS, f"--user-data-dir={folder}", "about:blank"]
        script = "import os, sys; os.dup2({}, 3); os.dup2({}, 4); os.execv(sys.argv[1], sys.argv[1:])".format(*theirs)
        with (folder.parent / "browser.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", script, *words],
                pass_fds=theirs,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for end in (*theirs, ours[0][0], ours[1][1]):
            os.close(end)
        self._to, self._from = ours[0][1], ours[1][0]
        self._rest, self._number, self._session = b"", 0, ""
        self.troubles: list[str] = []
        """What the page wrote to its console as an error, or could not do."""
        self.fetched: dict[str, Fetched] = {}
        """What the last visit asked for."""
        self._loaded = ""
        self._page = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=self._page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")
        self._call("Page.setLifecycleEventsEnabled", enabled=True)
        self._call("Network.setCacheDisabled", cacheDisabled=True)

    def show(self, page: Path, *, width: int = 1200, height: int = 900, dark: bool = False) -> None:
        """Open a page, wait until it is loaded."""
        self.look(width=width, height=height, dark=dark)
        self.go(page.as_uri())
        while self.ask("document.readyState") != "complete":
            time.sleep(0.02)

    def look(self, *, width: int = 1280, height: int = 900, dark: bool = False, media: str = "", **more: str) -> None:
        """From now on through a window of this size; `media` may be print, `more` further features of media."""
        self._call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        features = {"prefers-color-scheme": "dark" if dark else "light", "prefers-reduced-motion": "reduce"}
        features |= {name.replace("_", "-"): value for name, value in more.items()}
        self._call(
            "Emulation.setEmulatedMedia",
            media=media,
            features=[{"name": name, "value": value} for name, value in features.items()],
        )

    def let_scripts_run(self, allowed: bool) -> None:
        """Whether pages may, from the next one on."""
        self._call("Emulation.setScriptExecutionDisabled", value=not allowed)

    def be(self, url: str, cookies: dict[str, str]) -> None:
        """Somebody else, to every site, from now on."""
        self._call("Network.clearBrowserCookies")
        for name, value in cookies.items():
            self._call("Network.setCookie", url=url, name=name, value=value, httpOnly=True)

    def visit(self, url: str) -> Fetched:
        """Open an address, wait until everything of it is loaded; what was asked for first."""
        self.troubles, self.fetched, self._loaded = [], {}, ""
        wanted = self._call("Page.navigate", url=url)
        assert "errorText" not in wanted, wanted
        self.wait_for(lambda: self._loaded == wanted["loaderId"])
        return next(one for one in self.fetched.values() if one.kind == "Document")

    def wait_for(self, what: Callable[[], bool]) -> None:
        """Until what the browser tells makes it true."""
        while not what():
            self._note(self._next())

    def leads_on(self, act: Callable[[], None]) -> str:
        """What somebody does, after which another page is loaded; its address."""
        self.troubles, self.fetched, before = [], {}, self._loaded
        act()
        self.wait_for(lambda: self._loaded != before)
        return str(self.ask("location.href"))

    def go(self, url: str) -> None:
        """Begin to load what is there."""
        self._call("Page.navigate", url=url)

    def address(self) -> str:
        """Where it is, or goes to at the moment."""
        session, self._session = self._session, ""  # a page that is being left answers nothing
        found = self._call("Target.getTargets")["targetInfos"]
        self._session = session
        return str(next(one["url"] for one in found if one["targetId"] == self._page))

    def ask(self, expression: str) -> Any:
        """The value of an expression of JavaScript on the page."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def later(self, expression: str) -> Any:
        """What a promise of JavaScript comes to."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press_tab(self) -> None:
        """Move the focus on, as a person at a keyboard."""
        self.press("Tab")

    def press(self, key: str) -> None:
        """A key of _KEYS, down and up."""
        code, number, text = _KEYS[key]
        what = {"key": text if key == "Space" else key, "code": code, "windowsVirtualKeyCode": number}
        self._call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **what)
        self._call("Input.dispatchKeyEvent", type="keyUp", **what)

    def write(self, text: str) -> None:
        """Into what has the focus."""
        self._call("Input.insertText", text=text)

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """What is seen, as PNG; `whole`: all of the page, as far as a picture is of use."""
        more: dict[str, Any] = {}
        if whole:
            size = self._call("Page.getLayoutMetrics")["cssContentSize"]
            clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 6000), "scale": 1}
            more = {"captureBeyondViewport": True, "clip": clip}
        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot", format="png", **more)["data"]))

    def close(self) -> None:
        """End it."""
        for end in (self._to, self._from):
            os.close(end)
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _call(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            found = self._next()
            if found.get("id") == self._number:
                assert "error" not in found, found["error"]
                return found["result"]
            self._note(found)

    def _next(self) -> dict[str, Any]:
        until = time.monotonic() + _PATIENCE
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._from], [], [], max(0.0, until - time.monotonic()))
            chunk = os.read(self._from, 1 << 16) if ready else b""
            assert chunk, "the browser does not answer"
            self._rest += chunk
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found

    def _note(self, event: dict[str, Any]) -> None:
        parameters = event.get("params", {})
        match event.get("method"):
            case "Network.requestWillBeSent":
                self.fetched[parameters["requestId"]] = Fetched(
                    parameters["request"]["url"], parameters.get("type", "")
                )
            case "Network.responseReceived" if parameters["requestId"] in self.fetched:
                self.fetched[parameters["requestId"]].status = parameters["response"]["status"]
            case "Network.loadingFinished" if parameters["requestId"] in self.fetched:
                self.fetched[parameters["requestId"]].size = parameters["encodedDataLength"]
            case "Page.lifecycleEvent" if parameters["name"] == "load":
                self._loaded = parameters["loaderId"]
            case "Runtime.exceptionThrown":
                self.troubles.append(str(parameters["exceptionDetails"].get("text")))
            case "Log.entryAdded" if parameters["entry"]["level"] == "error":
                self.troubles.append(str(parameters["entry"]["text"]))
            case "Runtime.consoleAPICalled" if parameters["type"] == "error":
                self.troubles.append(str(parameters["args"]))
            case _:
                pass
