"""The request log that Tempest attaches to a test.

`tempest.lib.common.rest_client` logs one line per call, then the headers of the answer:

    … INFO [tempest.lib.common.rest_client] Request (Class:test): 503 PUT http://host/path?query 0.124s
    …     Response - Headers: {'x-trans-id': 'tx…', 'x-openstack-request-id': 'req-…', …}
"""

from __future__ import annotations

import re

from certmark.domain.results import Request
from certmark.formats.results.contents import MAX_REQUESTS
from certmark.formats.secrets.hiding import HIDDEN, scrub

MAX_LOG = 1 << 18
"""Characters of a log that are looked at: its end."""
MAX_URL = 500
"""Characters kept of a URL."""

_MARK = "] Request ("
# Patterns as text: re compiles and keeps them when the first failure asks; most runs have none.
_CALL = r"\] Request \([^()\n]{0,300}\): (\d{3}) ([A-Z]{1,20}) (\S{1,4000})"
_ERROR = r"\): [45]\d\d [A-Z]"
_ID = r"(?i)'x-(?:openstack-request|compute-request|trans)-id': '((?:req-|tx)[\w.-]{1,100})'"


def read_requests(log: str) -> tuple[Request, ...]:
    """The calls in the end of `log` that were answered with an error, else its last call; the last ones if many.

    URLs are without query and credentials. Nothing but what `Request` has is kept.
    """
    log = log[-MAX_LOG:]
    errors = _errors(log) if log else []
    if errors:
        return tuple(errors[-MAX_REQUESTS:])
    last = log.rfind(_MARK)
    while last >= 0:
        request = _request(log, last)
        if request is not None:
            return (request,)
        last = log.rfind(_MARK, 0, last)
    return ()


def _errors(log: str) -> list[Request]:
    """Every call answered with 400 or more; the last ones if many."""
    # What stands before the status is of any length: looking for the status first is several times faster.
    ends = [found.start() for found in re.finditer(_ERROR, log)]
    requests = (_request(log, log.rfind(_MARK, max(0, end - 320), end)) for end in ends[-2 * MAX_REQUESTS :])
    return [request for request in requests if request is not None]


def _request(log: str, at: int) -> Request | None:
    """The call logged at `at`, its request id taken from what follows up to the next call."""
    call = re.compile(_CALL).match(log, at) if at >= 0 else None
    if call is None:
        return None
    status, method, url = call.groups()
    following = log.find(_MARK, call.end())
    answer = log.find("Response - Headers: {", call.end(), following if following >= 0 else len(log))
    line_end = log.find("\n", answer)
    request_id = re.compile(_ID).search(log, answer, line_end if line_end >= 0 else len(log)) if answer >= 0 else None
    return Request(method, bare_url(url), int(status), request_id.group(1) if request_id else None)


_CREDENTIALS = r"(?<=://)[^\s/@]{1,500}@"


def bare_url(url: str) -> str:
    """`url` without query, fragment and credentials, bounded."""
    bare = re.split(r"[?#]", url, maxsplit=1)[0]
    return scrub(re.sub(_CREDENTIALS, f"{HIDDEN}@", bare) if "@" in bare else bare)[:MAX_URL]
