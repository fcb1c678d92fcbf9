"""The OpenAPI 3.1 document of the table of routes."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import msgspec

from certmark.server.api.errors import MEDIA, Problem
from certmark.server.api.routes import Route
from certmark.version import __version__

_ALWAYS = (HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)


def document_of(routes: Iterable[Route], public_url: str | None) -> dict[str, Any]:
    """What programs need to know of the API."""
    table = tuple(routes)
    answers = [route.answer for route in table if route.answer is not None]
    (_, *schemas), components = msgspec.json.schema_components(
        [Problem, *answers], ref_template="#/components/schemas/{name}"
    )
    by_type = dict(zip(answers, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in table:
        paths.setdefault(f"/api/v2{route.path}", {})[route.method.lower()] = _operation(route, by_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Certmark", "version": __version__, "description": "Results of clouds, kept and judged."},
        "servers": [{"url": public_url or "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": list(_parameters(route)),
        "responses": _responses(route, schemas),
    }
    if route.takes_body:
        binary = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": {"application/octet-stream": binary}}
    if route.scope is not None:
        operation["security"] = [{"token": []}]
    return operation


def _parameters(route: Route) -> Iterable[dict[str, Any]]:
    schema = msgspec.json.schema_components([route.parameters])[1][route.parameters.__name__]
    for name, found in schema.get("properties", {}).items():
        if name == "key":
            yield {"name": "Idempotency-Key", "in": "header", "required": False, "schema": found}
            continue
        place = "path" if name in route.in_path else "query"
        yield {"name": name, "in": place, "required": name in schema.get("required", ()), "schema": found}


def _responses(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": route.status.phrase}
    if route.answer is not None:
        good["content"] = {"application/json": {"schema": schemas[route.answer]}}
    elif route.media is not None:
        good["content"] = {route.media: {"schema": {"type": "string", "format": "binary"}}}
    found = {str(int(route.status)): good}
    refused = {*_ALWAYS, *route.errors, *((HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) if route.scope else ())}
    for status in sorted(refused):
        content = {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        found[str(int(status))] = {"description": status.phrase, "content": content}
    return found
