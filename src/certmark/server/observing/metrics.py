"""Metrics in Prometheus' form, on a listener of their own: never at the address that strangers reach."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from certmark.domain.errors import CannotProceed
from certmark.server.settings import ListenAddress

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120)


class Metrics:
    """What one process counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "certmark_requests", "Requests that were answered.", ("method", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "certmark_request_seconds", "Time to an answer.", ("method",), buckets=_SECONDS, registry=self.registry
        )
        self.open = Gauge("certmark_requests_open", "Requests that are being answered.", registry=self.registry)
        self.ready = Gauge(
            "certmark_ready", "Whether a part that is needed answers.", ("part",), registry=self.registry
        )
        self.troubles = Gauge(
            "certmark_troubles",
            "What the operator must look at: sources that failed, jobs that were given up, notices that were refused.",
            ("what",),
            registry=self.registry,
        )
        self.jobs = Counter("certmark_jobs", "Work outside of requests.", ("kind", "end"), registry=self.registry)


@contextmanager
def listening(metrics: Metrics, address: ListenAddress | None) -> Iterator[None]:
    """Answer there as long as the context lasts; None: nowhere. Raises CannotProceed."""
    if address is None:
        yield
        return
    try:
        server, thread = start_http_server(address.port, address.host, registry=metrics.registry)
    except OSError as error:
        raise CannotProceed(f"metrics cannot be answered at {address}: {error.strerror}") from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
