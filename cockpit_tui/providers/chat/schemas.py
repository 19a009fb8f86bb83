"""The schema of an answer: as the wire's own field, or in words where there is none."""

from __future__ import annotations

import json
from typing import Any

from cockpit_tui.domain.conversation import JsonObject, ModelRequest

SCHEMA_NAME = "reply"


def is_schema_on_wire(request: ModelRequest) -> bool:
    """Whether the model is known to be held to a JSON Schema by its endpoint."""
    return (request.output_schema is not None and request.profile is not None
            and request.profile.supports_schema)


def named_schema(schema: JsonObject) -> JsonObject:
    """`name`, `schema` and `strict`, as both wires take them. Raises nothing."""
    return {"name": SCHEMA_NAME, "schema": schema, "strict": is_strict(schema)}


def schema_in_words(request: ModelRequest) -> str:
    """What the last message says where the wire takes no schema; empty where it need not."""
    if request.output_schema is None or is_schema_on_wire(request):
        return ""
    text = json.dumps(request.output_schema, ensure_ascii=False)
    return ("Answer with one JSON object and nothing else: no words around it, no code fence. "
            f"It must satisfy this JSON Schema:\n{text}")


def is_strict(schema: Any) -> bool:
    """Whether a schema keeps OpenAI's rules of strict mode: every object closed, every property
    required (developers.openai.com, Structured Outputs). Others are sent with `strict: false`."""
    if isinstance(schema, list):
        return all(is_strict(part) for part in schema)
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties") or {}
        if schema.get("additionalProperties") is not False \
                or set(schema.get("required") or ()) != set(properties):
            return False
        return all(is_strict(part) for part in properties.values()) and is_strict(
            list((schema.get("$defs") or {}).values()))
    return all(is_strict(part) for part in schema.values())
