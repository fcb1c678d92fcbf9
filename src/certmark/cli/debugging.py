"""`--debug`: every HTTP call to a cloud, a line each on standard error."""

from __future__ import annotations

from certmark.cli.console import Console
from certmark.cloud.transport import SeenCall, watch_calls


def show_calls(console: Console) -> None:
    """Show the calls of this process from now on: method, address, status, request id; no header and no body."""

    def tell(call: SeenCall) -> None:
        answer = "no answer" if call.status is None else str(call.status)
        named = f" ({call.request_id})" if call.request_id else ""
        console.refuse(f"{call.method} {call.url}: {answer}{named}, {call.seconds:.2f} s")

    watch_calls(tell)
