"""The OpenAPI document, made from the routes' descriptions and the records of `views.py`, so that it cannot say anything else.

A record becomes a schema; a field's comment (`#: …`) becomes its description.
"""

import inspect
import re
import types
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ufora.gateway.views import ProblemView

PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}
COMMENT = re.compile(r"^    (\w+): .*?  #: (.+)$", re.MULTILINE)
PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Operation:
    """What one route takes and gives."""

    method: str
    path: str  #: parameters in braces
    summary: str
    gives: type | str | None  #: a view as JSON; a media type; None: nothing
    status: int = 200
    problems: tuple[int, ...] = ()  #: statuses answered by a ProblemView
    takes: type | str | None = None  #: the body: the same
    query: tuple[tuple[str, type, str], ...] = ()  #: (name, type, description) of optional parameters
    also: str = ""  #: another media type that it may give


def make_document(operations: Iterable[Operation], version: str) -> dict[str, Any]:
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _describe(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ufora",
            "version": version,
            "description": "A cluster's manager. Errors are problem details (RFC 9457). Moments are seconds since 1970, UTC; sizes bytes.",
        },
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _describe(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    words = PARAMETER.sub(r"by_\1", operation.path)
    name = re.sub(r"\W+", "_", f"{operation.method.lower()}{words}").strip("_")
    described: dict[str, Any] = {"operationId": name, "summary": operation.summary}
    parameters: list[dict[str, Any]] = [
        {"name": each, "in": "path", "required": True, "schema": {"type": "string"}} for each in PARAMETER.findall(operation.path)
    ]
    parameters += [
        {"name": each, "in": "query", "description": words, "schema": {"type": PLAIN[kind]}} for each, kind, words in operation.query
    ]
    if parameters:
        described["parameters"] = parameters
    if operation.takes is not None:
        described["requestBody"] = {"content": _content(operation.takes, schemas)}
    answer: dict[str, Any] = {"description": operation.summary}
    if operation.gives is not None:
        answer["content"] = _content(operation.gives, schemas) | (_content(operation.also, schemas) if operation.also else {})
    problem = {"application/problem+json": {"schema": _schema(ProblemView, schemas)}}
    described["responses"] = {
        str(operation.status): answer,
        **{str(status): {"description": "a problem", "content": problem} for status in operation.problems},
        "default": {"description": "a problem", "content": problem},
    }
    return described


def _content(kind: type | str, schemas: dict[str, Any]) -> dict[str, Any]:
    if isinstance(kind, str):
        return {kind: {"schema": {"type": "string"} if kind.startswith("text/") else {}}}
    return {"application/json": {"schema": _schema(kind, schemas)}}


def _schema(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """`schemas` takes in every record that is met."""
    if kind in PLAIN:
        return {"type": PLAIN[kind]}
    if kind is object:
        return {}
    if kind is type(None):
        return {"type": "null"}
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"type": "string", "enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(each, schemas) for each in arguments]}
    if origin is list:
        return {"type": "array", "items": _schema(arguments[0], schemas)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(arguments[1], schemas)}
    return _record(kind, schemas)


def _record(kind: type, schemas: dict[str, Any]) -> dict[str, Any]:
    assert is_dataclass(kind), kind
    name = kind.__name__.removesuffix("View")
    if name not in schemas:
        schemas[name] = {}  # for records that hold themselves
        comments, hints = dict(COMMENT.findall(inspect.getsource(kind))), get_type_hints(kind)
        properties = {}
        for field in fields(kind):
            words = {"description": comments[field.name]} if field.name in comments else {}
            properties[field.name] = {**_schema(hints[field.name], schemas), **words}
        schemas[name] = {
            "type": "object",
            "properties": properties,
            "required": [field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING],
            "additionalProperties": False,
        }
    return {"$ref": f"#/components/schemas/{name}"}
