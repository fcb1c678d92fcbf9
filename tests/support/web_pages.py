"""Pages asked for in this process, by people who signed in, as their browsers do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from certmark.server.api.application import application
from certmark.server.asking import Asker
from certmark.server.opening import identifying
from certmark.server.services import sessions
from certmark.server.services.context import Services
from certmark.server.services.sessions import form_token
from certmark.server.web.cookies import SESSION
from certmark.server.web.table import pages_of

HTML = {"Accept": "text/html"}
_ALERT = re.compile(r'<div class="wrong" role="alert".*?</div>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


class Pages:
    """The site of a server."""

    def __init__(self, services: Services) -> None:
        self.services = services
        identify = identifying(services)
        url = services.settings.public_url or services.settings.listen.url
        found = application(services, identify, pages_of(services, identify))
        self.client = TestClient(found, base_url=url, follow_redirects=False)
        self._words: dict[bytes, str] = {}

    def word(self, who: Asker) -> str:
        """What the cookie of their browser has."""
        identity = who.identity or b""
        if identity not in self._words:
            with self.services.database.write() as transaction:
                self._words[identity] = sessions.begin(self.services, transaction, who, ("none", "", "a browser"))
        return self._words[identity]

    def get(self, path: str, who: Asker | None = None, /, **headers: str) -> Response:
        """A page."""
        return self.client.get(path, headers={**HTML, **self._cookie(who), **headers})

    def json(self, path: str, who: Asker | None = None) -> Any:
        """What stands on it, for programs."""
        found = self.client.get(f"{path}.json", headers=self._cookie(who))
        assert found.status_code == 200, found.text
        return found.json()

    def send(self, path: str, who: Asker | None = None, headers: Mapping[str, str] = {}, /, **fields: str) -> Response:
        """A form of theirs."""
        token = {} if who is None else {"form": form_token(self.word(who))}
        said = {**HTML, "Sec-Fetch-Site": "same-origin", **self._cookie(who), **headers}
        return self.client.post(path, data={**token, **fields}, headers=said)

    def _cookie(self, who: Asker | None) -> dict[str, str]:
        if who is None or who.identity is None:
            return {}
        name = f"__Host-{SESSION}" if (self.services.settings.public_url or "").startswith("https:") else SESSION
        return {"Cookie": f"{name}={self.word(who)}"}


def wrong(answer: Response) -> str:
    """What a page says above its form that did not work, in one line."""
    found = _ALERT.search(answer.text)
    assert found is not None, answer.text
    return " ".join(_TAG.sub(" ", found[0]).split())


def path_of(answer: Response) -> str:
    """Where a form leads that worked."""
    assert answer.status_code == 303, answer.text
    return re.sub(r"^https?://[^/]*", "", answer.headers["Location"]).partition("?")[0]


def revision_in(answer: Response) -> str:
    """Which revision a form changes."""
    found = re.search(r'name="revision" value="(\d+)"', answer.text)
    assert found is not None
    return found[1]
