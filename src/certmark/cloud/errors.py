"""What a cloud, or what is said of it, refuses: one sentence each, for the person at the terminal."""

from certmark.domain.errors import CannotProceed
from certmark.formats.secrets.hiding import remember, scrub


class CloudError(CannotProceed):
    """The cloud cannot be used as it was named; the message says what to do."""


class Undescribed(CloudError):
    """What describes the cloud (clouds.yaml, OS_*) is not there, or cannot be signed in with."""


class WrongRegion(CloudError):
    """No region of the catalogue is the one that is meant, or several may be."""


class NoProject(CloudError):
    """Whoever is signed in is so for the system, a domain or nothing, and not for a project."""


class TransportRefusal(Exception):
    """The transport did not let a request or its answer pass; the message is a sentence."""


HIDDEN = "(secret)"


def keep_secret(text: object) -> None:
    """From now on `scrubbed` takes `text` out: a password or a token that this process signs in with."""
    value = text.decode("latin-1") if isinstance(text, bytes) else text
    if isinstance(value, str):
        remember({"what this process signs in with": value})


def scrubbed(text: str) -> str:
    """`text` of somebody else's without our secrets: servers, and what stands between, repeat what they were sent."""
    return scrub(text, HIDDEN)


def first_line(error: BaseException, limit: int = 200) -> str:
    """What `error` says, in one bounded line without the addresses of objects, and without our secrets."""
    text = scrubbed(" ".join(str(error).split()))
    return text[:limit] + ("…" if len(text) > limit else "")
