"""Answers of a gateway, held against its own OpenAPI document."""

import http.client
import json
import re
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import jsonschema

from ufora.gateway.api import OPERATIONS
from ufora.gateway.openapi import make_document


@cache
def the_document() -> dict[str, Any]:
    return make_document(OPERATIONS, "1.2.3")


def find_operation(method: str, path: str) -> dict[str, Any] | None:
    """The most specific path of the document that fits."""
    fitting = [
        template
        for template, operations in the_document()["paths"].items()
        if method.lower() in operations and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), urlsplit(path).path)
    ]
    template = min(fitting, key=lambda each: each.count("{"), default=None)
    return None if template is None else the_document()["paths"][template][method.lower()]


def check_documented(method: str, path: str, response: http.client.HTTPResponse, body: bytes) -> None:
    """The status, type and content are as the document says; what it does not know is a problem."""
    kind = response.headers.get_content_type() if body else None
    operation = find_operation(method, path)
    if operation is None:
        assert response.status in (404, 405), (method, path, response.status)
        assert kind == "application/problem+json"
        return
    described = operation["responses"].get(str(response.status), operation["responses"]["default"])
    content = described.get("content", {})
    if kind == "text/plain" and response.status == 503:  # what load balancers ask
        return
    assert kind in content if content else not body, (method, path, response.status, kind, list(content))
    if kind in ("application/json", "application/problem+json"):
        jsonschema.validate(json.loads(body), {**content[kind]["schema"], "components": the_document()["components"]})
