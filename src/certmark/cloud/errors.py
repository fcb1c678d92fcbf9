"""What a cloud, or what is said of it, refuses: one sentence each, for the person at the terminal."""


class CloudError(Exception):
    """The cloud cannot be used as it was named; the message says what to do. Exit status 5."""


def first_line(error: BaseException, limit: int = 200) -> str:
    """What `error` says, in one bounded line without the addresses of objects."""
    text = " ".join(str(error).split())
    return text[:limit] + ("…" if len(text) > limit else "")
