"""Every page in every state that looks different: a line each.

A path may name what stands in a site by `{name}` (`support.populated`), quoted as a part of an address.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote


class Shown(NamedTuple):
    """A page in one state."""

    name: str
    path: str
    role: str = "anonymous"
    status: int = 200
    site: str = "populated"
    is_of_site: bool = True
    """Whether it stands in the frame of the site; pages of signing in have their own."""
    has_data: bool = True
    """Whether it is there as JSON, too."""
    is_odd_asked: bool = True
    """Whether it is asked with odd queries; one state of a page is enough."""

    is_walked: bool = False
    """Whether somebody goes through it by the keyboard."""

    def __str__(self) -> str:
        return self.name

    def at(self, names: dict[str, str]) -> str:
        """Its path on a site."""
        quoted = {key: quote(value, safe="") for key, value in names.items()}
        return self.path.format(**quoted)


PAGES = (
    Shown("sign-in", "/sign-in", is_of_site=False, has_data=False),
    Shown("signed-in", "/sign-in", "user", is_of_site=False, has_data=False),
    Shown("parts", "/parts", has_data=False, is_walked=True),
    Shown("nowhere", "/no-such-page", status=404, has_data=False),
)
"""All of them."""
