"""The OpenAPI document of the routes, from the models that read requests and write answers."""

from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from sharpen.serve import wire

_Json = dict[str, Any]

_REFUSALS = {
    "400": "The body is not JSON.",
    "401": "There is no token, or a wrong one.",
    "413": "The body is too large.",
    "422": "The body is JSON, but no request, or names what is not here.",
    "429": "The queue is full; the header Retry-After says when to ask again.",
    "500": "The service failed.",
    "503": "The sandbox failed, the service is ending, or there are too many connections; nothing is known"
    " about the program.",
}


@cache
def document() -> _Json:
    """Return the document (OpenAPI 3.1)."""
    models: list[tuple[Any, JsonSchemaMode, TypeAdapter[Any]]] = [
        ("One", "validation", TypeAdapter(wire.Request)),
        ("Many", "validation", TypeAdapter(wire.Batch)),
        ("Answer", "serialization", TypeAdapter(wire.RewardResponse)),
        ("Answers", "serialization", TypeAdapter(wire.Answers)),
        ("Refusal", "serialization", TypeAdapter(wire.Refusal)),
        ("Health", "serialization", TypeAdapter(wire.Health)),
    ]
    schemas, definitions = TypeAdapter.json_schemas(models, ref_template="#/components/schemas/{model}")
    schema = {name: schemas[name, mode] for name, mode, _ in models}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "sharpen sandbox",
            "version": version("sharpen"),
            "description": "Runs programs apart and answers with a verdict and a reward.",
        },
        "security": [{"token": []}],
        "paths": {
            "/v1/judge": {"post": _judges("Judge one program", schema["One"], schema["Answer"], schema)},
            "/v1/judge/batch": {"post": _judges("Judge many", schema["Many"], schema["Answers"], schema)},
            "/health": {
                "get": _tells("Whether the service works", _json(schema["Health"])) | {"security": []}
            },
            "/metrics": {"get": _guarded("What happened, for Prometheus", _text(), schema)},
            "/openapi.json": {"get": _guarded("This document", _json({"type": "object"}), schema)},
        },
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _judges(summary: str, request: _Json, answered: _Json, schema: _Json) -> _Json:
    refusals: _Json = {
        status: {"description": about} | _json(schema["Refusal"]) for status, about in _REFUSALS.items()
    }
    refusals["429"]["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    refusals["503"]["content"] |= _text()["content"]
    responses = _tells(summary, _json(answered))
    return {
        "summary": summary,
        "requestBody": {"required": True} | _json(request),
        "responses": responses["responses"] | refusals,
    }


def _guarded(summary: str, content: _Json, schema: _Json) -> _Json:
    responses = _tells(summary, content)
    responses["responses"]["401"] = {"description": _REFUSALS["401"]} | _json(schema["Refusal"])
    return responses


def _tells(summary: str, content: _Json) -> _Json:
    return {"summary": summary, "responses": {"200": {"description": summary} | content}}


def _json(schema: _Json) -> _Json:
    return {"content": {"application/json": {"schema": schema}}}


def _text() -> _Json:
    return {"content": {"text/plain": {"schema": {"type": "string"}}}}
