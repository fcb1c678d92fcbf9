"""A server that answers: the API behind its front, work beside it, and an end that finishes what was accepted."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import uvicorn

from certmark.domain.errors import CannotProceed
from certmark.server.api.application import application
from certmark.server.asking import OPERATOR
from certmark.server.front import Front
from certmark.server.jobs.working import work
from certmark.server.observing.logs import begin_logging
from certmark.server.observing.metrics import Metrics, listening
from certmark.server.observing.readiness import Readiness
from certmark.server.opening import opened
from certmark.server.services.context import Services
from certmark.server.settings import ListenAddress, Settings
from certmark.server.stopping import Stop
from certmark.server.store import audit
from certmark.server.store.statements import Dialect
from certmark.server.web.handling import not_here
from certmark.server.web.table import pages_of

_LOG = logging.getLogger("certmark.server")


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Answer until SIGTERM or SIGINT; `say` is told the address once it answers.

    Raises InvalidRequest or CannotProceed.
    """
    begin_logging()
    metrics = Metrics()
    with ExitStack() as stack:
        # uvicorn raises the signals again that ended it; here they have been answered by then. One that comes
        # before uvicorn listens for it ends the server all the same.
        stop = stack.enter_context(Stop())
        services, identify = stack.enter_context(opened(settings))
        sockets = [stack.enter_context(_bound(settings.listen))]
        with services.database.write() as transaction:
            audit.note(transaction, OPERATOR, "server.start", settings.shown(), services.clock())
        stack.enter_context(listening(metrics, settings.metrics_listen))
        readiness = stack.enter_context(Readiness(services, metrics))
        if services.database.dialect is Dialect.SQLITE:
            stack.enter_context(_working(services, metrics))
        answers = application(services, identify, pages_of(services, identify), partial(not_here, services))
        front = Front(answers, settings, metrics, lambda: readiness.problems)
        server = uvicorn.Server(_config(front, settings))
        stop.then(lambda: setattr(server, "should_exit", True))
        say(settings.public_url or settings.listen.url)
        server.run(sockets)
        _LOG.info("ended")


def _config(front: Front, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        front,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        timeout_graceful_shutdown=int(settings.shutdown_time),
    )


@contextmanager
def _bound(address: ListenAddress) -> Iterator[socket.socket]:
    """A socket that listens there. Raises CannotProceed."""
    try:
        found = socket.create_server(
            (address.host, address.port), family=socket.AF_INET6 if ":" in address.host else socket.AF_INET, backlog=512
        )
    except OSError as error:
        why = os.strerror(error.errno) if error.errno is not None and error.errno > 0 else error.strerror
        raise CannotProceed(f"{address} cannot be listened at: {why}") from error
    with found:
        yield found


@contextmanager
def _working(services: Services, metrics: Metrics) -> Iterator[None]:
    """A thread that does work outside of requests, until the context ends."""
    end = threading.Event()
    thread = threading.Thread(target=work, args=(services, end, metrics.jobs), name="worker")
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
