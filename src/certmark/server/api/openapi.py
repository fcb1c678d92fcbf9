"""The OpenAPI 3.1 document of the table of routes."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import msgspec

from certmark.server.api.errors import MEDIA, Problem
from certmark.server.api.routes import IN_HEADERS, Route
from certmark.server.asking import TokenScope
from certmark.version import __version__

_ALWAYS = (HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)
_REF = "#/components/schemas/{name}"
_BINARY = {"schema": {"type": "string", "format": "binary"}}


def document_of(routes: Iterable[Route], public_url: str | None) -> dict[str, Any]:
    """What programs need to know of the API."""
    table = tuple(routes)
    structs = list(dict.fromkeys(one for route in table for one in (route.answer, route.body) if one is not None))
    (_, *schemas), components = msgspec.json.schema_components([Problem, *structs], ref_template=_REF)
    by_type = dict(zip(structs, schemas, strict=True))
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
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-certmark-session"},
            },
        },
    }


def _operation(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": parameters_of(route),
        "responses": _responses(route, schemas),
        "security": _security(route),
    }
    if route.takes_body:
        operation["requestBody"] = {"required": True, "content": {"application/octet-stream": _BINARY}}
    if route.body is not None:
        content = {"application/json": {"schema": schemas[route.body]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _security(route: Route) -> list[dict[str, list[str]]]:
    """By what somebody may say who they are; no token is good for an account."""
    if route.scope is TokenScope.ACCOUNT:
        return [{"session": []}]
    known: list[dict[str, list[str]]] = [{"token": []}, {"session": []}]
    return known if route.scope is not None else [{}, *known]


def parameters_of(route: Route) -> list[dict[str, Any]]:
    """The parameters of a route, as the document has them."""
    schema = msgspec.json.schema_components([route.parameters])[1][route.parameters.__name__]
    found = []
    for name, one in schema.get("properties", {}).items():
        place = "path" if name in route.in_path else "header" if name in IN_HEADERS else "query"
        parameter = {
            "name": IN_HEADERS.get(name, name),
            "in": place,
            "required": name in schema.get("required", ()),
            "schema": _without_null(one),
        }
        found.append(parameter)
    return found


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is there or it is not: in a URL nothing is null."""
    if "anyOf" not in schema:
        return schema
    kinds = [kind for kind in schema["anyOf"] if kind != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name not in {"anyOf", "default"}}
    return {**rest, **kinds[0]} if len(kinds) == 1 else {**rest, "anyOf": kinds}


def _responses(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": route.status.phrase}
    if route.answer is not None:
        good["content"] = {"application/json": {"schema": schemas[route.answer]}}
    elif route.media:
        good["content"] = {media.partition(";")[0]: {} for media in route.media}
    found = {str(int(route.status)): good}
    if route.may_be_later:
        found["202"] = {**good, "description": "Accepted"}
    if route.method == "GET":
        found["304"] = {"description": "Not Modified"}
    if route.is_ranged:
        found["206"] = {**good, "description": "Partial Content"}
    refused = {*_ALWAYS, *route.errors, *((HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) if route.scope else ())}
    if route.takes_body or route.body is not None:
        refused.add(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    for status in sorted(refused):
        content = {MEDIA: {"schema": {"$ref": _REF.format(name="Problem")}}}
        found[str(int(status))] = {"description": status.phrase, "content": content}
    return found
