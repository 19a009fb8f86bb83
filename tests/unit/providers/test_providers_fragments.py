"""Tool calls out of fragments: the oddities one by one."""

from __future__ import annotations

import time
from typing import Any

import pytest

from cockpit_tui.domain.conversation import ToolCall
from cockpit_tui.providers.chat.fragments import CallFragments, read_call
from cockpit_tui.providers.chat.schemas import is_strict
from cockpit_tui.providers.chat.usage import chat_usage, reported_cost_microusd

Piece = tuple[int | None, str, str, Any]


def put_together(*pieces: Piece, taken: tuple[str, ...] = ()) -> list[tuple[str, str, Any]]:
    fragments = CallFragments()
    for index, id_, name, arguments in pieces:
        fragments.add(index=index, id=id_, name=name, arguments=arguments)
    calls = [call for call, _ in fragments.calls(taken)]
    assert not any(call.malformed for call in calls), calls
    return [(call.id, call.name, call.arguments) for call in calls]


@pytest.mark.parametrize("pieces", [
    ((0, "a", "f", ""), (0, "", "", '{"x":'), (1, "b", "g", "{"), (0, "", "", " 1}"),
     (1, "", "", "}")),
    ((0, "a", "f", '{"x":'), (0, "a", "f", " 1}"), (1, "b", "g", "{}")),
    ((0, "a", "f", '{"x": 1}'), (0, "b", "g", "")),
    ((None, "a", "f", '{"x"'), (None, "b", "g", ""), (None, "a", "", ": 1}")),
    ((None, "a", "f", ""), (None, "", "", '{"x": 1}'), (None, "b", "g", "{}")),
    ((0, "a", "f", {"x": 1}), (1, "b", "g", None)),
    ((5, "a", "f", '{"x": 1}'), (9, "b", "g", "  ")),
], ids=["interleaved", "repeated-head", "same-index", "by-id", "newest", "unpacked", "gaps"])
def test_pieces_of_two_calls_become_two_calls(pieces: tuple[Piece, ...]) -> None:
    assert put_together(*pieces) == [("a", "f", {"x": 1}), ("b", "g", {})]


def test_calls_without_ids_stay_apart_at_one_index() -> None:
    assert put_together((0, "", "f", '{"x": 1}'), (0, "", "f", '{"x": 2}')) == [
        ("call_1", "f", {"x": 1}), ("call_2", "f", {"x": 2})]


def test_a_name_in_pieces_is_one_name() -> None:
    assert put_together((0, "a", "read", ""), (0, "", "_file", ""), (0, "", "", "{}")) == [
        ("a", "read_file", {})]


def test_a_name_repeated_within_one_call_does_not_split_it() -> None:
    torn = ('{"a": {"b": "}', '{"}', "", ', "c": "', 'x"}')
    assert put_together(*((0, "", "f", piece) for piece in torn)) == [
        ("call_1", "f", {"a": {"b": "}{"}, "c": "x"})]


def test_a_call_of_very_many_pieces_costs_time_linear_to_them() -> None:
    began = time.monotonic()
    body = ["{"] + ['"'] + ["}{"] * 300_000 + ['": 1}']
    [(_, _, arguments)] = put_together(*((0, "a", "f", piece) for piece in body))
    assert (len(arguments), time.monotonic() - began < 5) == (1, True)


def test_an_id_of_an_earlier_turn_is_changed() -> None:
    assert put_together((0, "call_0", "f", ""), (1, "", "f", ""),
                        taken=("call_0", "call_0_2", "call_2")) == [
        ("call_0_3", "f", {}), ("call_2_2", "f", {})]


@pytest.mark.parametrize(("arguments", "call"), [
    ("", ToolCall(id="1", name="f", arguments={})),
    ("null", ToolCall(id="1", name="f", arguments={})),
    ('"{\\"x\\": 1}"', ToolCall(id="1", name="f", arguments={"x": 1})),
    ('{"x": "a\nb"}', ToolCall(id="1", name="f", arguments={"x": "a\nb"})),
    ('{"x": }', ToolCall(id="1", name="f", arguments={}, malformed=(
        "The arguments are not valid JSON: Expecting value at character 6 of 7."))),
    ("7", ToolCall(id="1", name="f", arguments={},
                   malformed="The arguments are a JSON int, not an object.")),
])
def test_arguments_are_read_as_kindly_as_is_safe(arguments: str, call: ToolCall) -> None:
    assert read_call("1", "f", arguments) == call


def test_a_call_without_a_name_is_told() -> None:
    assert read_call("1", "", "{}").malformed.startswith("The call names no tool.")


@pytest.mark.parametrize(("schema", "strict"), [
    ({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"],
      "additionalProperties": False}, True),
    ({"type": "object", "properties": {"a": {"type": "string"}}, "required": [],
      "additionalProperties": False}, False),
    ({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "object"}}},
      "required": ["a"], "additionalProperties": False}, False),
])
def test_only_schemas_that_keep_the_strict_rules_are_sent_as_strict(schema: Any,
                                                                    strict: bool) -> None:
    assert is_strict(schema) is strict


@pytest.mark.parametrize(("raw", "cached"), [
    ({"prompt_cache_hit_tokens": 6, "prompt_cache_miss_tokens": 4}, 6),
    ({"cached_tokens": 5}, 5), ({"prompt_tokens_details": {"cached_tokens": 4}}, 4),
    ({"prompt_tokens_details": None}, 0), ({"prompt_tokens_details": "none"}, 0)])
def test_cached_tokens_are_found_where_each_vendor_puts_them(raw: Any, cached: int) -> None:
    usage = chat_usage({"prompt_tokens": 10, "completion_tokens": 2.0, **raw})
    assert usage is not None
    assert (usage.input, usage.output, usage.cache_read) == (10, 2, cached)


@pytest.mark.parametrize("raw", [None, {}, {"prompt_tokens": 3}, {"prompt_tokens": "3",
                                 "completion_tokens": True}, [1]])
def test_what_is_no_usage_is_unknown_not_zero(raw: Any) -> None:
    assert chat_usage(raw) is None


@pytest.mark.parametrize(("raw", "cost"), [
    ({"cost": 0.0000005}, 1), ({"cost": 0}, 0), ({"cost": -1}, None), ({"cost": "0.1"}, None),
    ({"cost": float("nan")}, None), (None, None),
    ({"cost": 0.001, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.02}}, 21_000)])
def test_a_cost_is_taken_where_it_can_be_one(raw: Any, cost: int | None) -> None:
    assert reported_cost_microusd(raw) == cost
