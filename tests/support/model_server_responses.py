"""The dialect of OpenAI Responses for `ModelServer`: nothing stored, reasoning encrypted."""

from __future__ import annotations

import json
from typing import Any

from support.brains import Asked, AskedCall, AskedMessage, AskedResult, BrainReply
from support.model_server import Answer, Sse
from support.model_server_chat import ChatDialect, arguments, pieces

INCOMPLETE = {"length": "max_output_tokens", "refusal": "content_filter",
              "context": "context_window"}


class ResponsesDialect(ChatDialect):
    """A handler for `ModelServer`: POST /v1/responses only, streaming only."""

    path = "/v1/responses"

    def answer(self, body: dict[str, Any], reply: BrainReply) -> Answer:
        return Sse(self.events(body, reply))

    def events(self, body: dict[str, Any], reply: BrainReply) -> list[tuple[str | None, Any]]:
        self._ids += 1
        head = {"id": f"resp_{self._ids}", "object": "response", "error": None, "store": False,
                "model": reply.model or body.get("model", "model-1"), "incomplete_details": None}
        items = self._items(reply)
        events: list[tuple[str, dict[str, Any]]] = [
            ("response.created", {"response": {**head, "status": "in_progress", "output": [],
                                               "usage": None}}),
            ("response.in_progress", {"response": {**head, "status": "in_progress"}})]
        for index, item in enumerate(items):
            begun = {**item, "status": "in_progress"}
            events.append(("response.output_item.added", {"output_index": index, "item": begun}))
            events += self._deltas(index, item)
            events.append(("response.output_item.done", {"output_index": index, "item": item}))
        reason = INCOMPLETE.get(reply.stop_or_default)
        kind = "incomplete" if reason else "completed"
        events.append((f"response.{kind}", {"response": {
            **head, "status": kind, "output": items, "usage": self.usage(body, reply),
            "incomplete_details": {"reason": reason} if reason else None}}))
        return [(name, {"type": name, "sequence_number": number, **data})
                for number, (name, data) in enumerate(events)]

    def _items(self, reply: BrainReply) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = [
            {"type": "reasoning", "id": f"rs_{n}", "encrypted_content": thought.opaque,
             "summary": [{"type": "summary_text", "text": thought.text}]}
            for n, thought in enumerate(reply.thoughts)]
        items += [{"type": "message", "id": f"msg_{n}", "role": "assistant", "status": "completed",
                   "content": [{"type": "output_text", "text": text, "annotations": []}]}
                  for n, text in enumerate(reply.texts)]
        items += [{"type": "function_call", "id": f"fc_{n}", "call_id": self.id_of(call),
                   "name": call.name, "arguments": arguments(call), "status": "completed"}
                  for n, call in enumerate(reply.calls)]
        return items

    @staticmethod
    def _deltas(index: int, item: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        name, text = {
            "message": ("response.output_text", lambda: item["content"][0]["text"]),
            "function_call": ("response.function_call_arguments", lambda: item["arguments"]),
            "reasoning": ("response.reasoning_summary_text", lambda: item["summary"][0]["text"]),
        }[item["type"]]
        return [(f"{name}.delta", {"output_index": index, "item_id": item["id"], "delta": piece})
                for piece in pieces(text())]

    def usage(self, body: dict[str, Any], reply: BrainReply) -> dict[str, Any]:
        spent = self.spent(body, reply, [*body.get("tools", ()), body.get("instructions"),
                                         *body.get("input", ())])
        return {"input_tokens": spent.input, "output_tokens": spent.output,
                "total_tokens": spent.input + spent.output,
                "input_tokens_details": {"cached_tokens": spent.cache_read},
                "output_tokens_details": {"reasoning_tokens": spent.reasoning}}

    def fault(self, body: dict[str, Any]) -> str | None:
        if body.get("stream") is not True or body.get("store") is not False:
            return "this server streams only and stores nothing"
        if body["max_output_tokens"] < 16:
            return "Invalid 'max_output_tokens': integer below minimum value 16"
        calls = [item["call_id"] for item in body["input"] if item.get("type") == "function_call"]
        outputs = [item["call_id"] for item in body["input"]
                   if item.get("type") == "function_call_output"]
        if calls != outputs:
            return f"No tool output found for function calls: {calls} {outputs}"
        items = body["input"]
        for before, after in zip(items, [*items[1:], {}], strict=True):
            if before.get("type") == "reasoning" and (
                    "status" in before or after.get("role") == "user" or not after):
                return f"Item '{before['id']}' of type 'reasoning' without its following item"
        return None

    def parsed(self, body: dict[str, Any]) -> Asked:
        """Items in a row of one side are one message."""
        messages: list[AskedMessage] = []
        for item in body["input"]:
            part = _part(item)
            if messages and messages[-1].role == part.role:
                last = messages.pop()
                part = AskedMessage(role=part.role, texts=last.texts + part.texts,
                                    calls=last.calls + part.calls,
                                    results=last.results + part.results,
                                    thoughts=last.thoughts + part.thoughts)
            messages.append(part)
        return Asked(model=body["model"], system=body["instructions"], messages=tuple(messages),
                     tools=tuple(tool["name"] for tool in body.get("tools", ())), body=body,
                     schema=body.get("text", {}).get("format", {}).get("schema"),
                     max_tokens=body["max_output_tokens"])


def _part(item: dict[str, Any]) -> AskedMessage:
    match item.get("type", "message"):
        case "function_call":
            call = AskedCall(id=item["call_id"], name=item["name"],
                             arguments=json.loads(item["arguments"]))
            return AskedMessage(role="assistant", calls=(call,))
        case "function_call_output":
            result = AskedResult(call_id=item["call_id"], text=item["output"])
            return AskedMessage(role="user", results=(result,))
        case "reasoning":
            return AskedMessage(role="assistant", thoughts=(item,))
        case _:
            return AskedMessage(role=item["role"], texts=(item["content"],))
