"""What can go wrong with an OpenAI-compatible endpoint, as errors for people."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cockpit_tui.domain.errors import ProviderError, RateLimited
from cockpit_tui.providers.failures import Refusal, bounded_wait, failure_of
from cockpit_tui.providers.messages.incoming import BrokenStream
from cockpit_tui.providers.messages.troubles import Troubles

if TYPE_CHECKING:
    import httpx2

_STATUS_OF_KIND = {
    "invalid_request_error": 400, "invalid_prompt": 400, "context_length_exceeded": 400,
    "invalid_api_key": 401, "authentication_error": 401, "insufficient_quota": 402,
    "permission_error": 403, "model_not_found": 404, "rate_limit_exceeded": 429,
    "rate_limit_error": 429, "too_many_requests": 429, "requests": 429, "tokens": 429,
}
_TRY_AGAIN = re.compile(r"(?:try again|retry) in (?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)(ms|s))?",
                        re.IGNORECASE)
_RETRY_DELAY = re.compile(r'"retryDelay":\s*"(\d+(?:\.\d+)?)s"')


class ChatTroubles(Troubles):
    """Words errors of chat.completions and Responses; secrets are never among the words."""

    def told(self, document: Any, model: str) -> ProviderError | None:
        """The error that a document or event after status 200 tells of; None if it does not."""
        error = _error_in(document)
        if error is None:
            return None
        code, kind = str(error.get("code") or ""), str(error.get("type") or "")
        status = int(code) if re.fullmatch(r"[45]\d\d", code) else _STATUS_OF_KIND.get(
            code, _STATUS_OF_KIND.get(kind, 500))
        return self._failure(model, status, error, in_stream=True)

    def refused(self, response: httpx2.Response, model: str) -> ProviderError:
        """What an answer that is no 200 means, which no SDK has read."""
        try:
            document = json.loads(response.text)
        except (ValueError, RecursionError):
            document = None
        return self._failure(model, response.status_code,
                             _error_in(document) or {"message": response.text},
                             headers=dict(response.headers))

    def of(self, error: Exception, model: str) -> Exception:
        """What `error`, from the SDK or beneath it, means; itself where it is a bug of ours."""
        import httpx2
        import openai

        from cockpit_tui.providers.guarded_http import guard_error

        if (ours := guard_error(error)) is not None:
            return ours
        match error:
            case BrokenStream():
                return self.broken(str(error))
            case openai.APIStatusError():
                told = _error_in(error.body) or _error_in({"error": error.body}) or {}
                detail = told.get("message") or _plain(error.body)
                return self._failure(model, error.status_code, {**told, "message": detail},
                                     headers=dict(error.response.headers),
                                     request_id=error.request_id or "")
            case openai.APITimeoutError() | httpx2.TimeoutException():
                return self._timed_out(error)
            case openai.APIConnectionError() | httpx2.TransportError():
                return self._disconnected(error)
            case httpx2.InvalidURL():
                return self.bad_url()
            case json.JSONDecodeError() | UnicodeDecodeError() | httpx2.DecodingError():
                return self.broken("it is no stream of events")
            case _:
                return error

    def _failure(self, model: str, status: int, error: Mapping[str, Any], *,
                 in_stream: bool = False, headers: Mapping[str, str] | None = None,
                 request_id: str = "") -> ProviderError:
        kind = " ".join(str(error[key]) for key in ("code", "type", "status") if error.get(key))
        refusal: Refusal = self._refusal(
            model, status=status, in_stream=in_stream, kind=kind, headers=headers or {},
            detail=str(error.get("message") or kind) + _upstream(error), request_id=request_id)
        failure = failure_of(refusal)
        if isinstance(failure, RateLimited) and failure.retry_after_seconds is None:
            failure.retry_after_seconds = _wait_in(json.dumps(error, default=str))
        return failure


def _error_in(document: Any) -> dict[str, Any] | None:
    """`{"error": {...}}`, Google's list of it, or an error that is a bare text (Ollama)."""
    if isinstance(document, list):
        document = document[0] if document else None
    if not isinstance(document, dict):
        return None
    error = document.get("error")
    if isinstance(error, list | str):
        return _error_in(error) or ({"message": error} if error else None)
    if isinstance(error, dict) and isinstance(error.get("error"), dict):
        return _error_in(error)
    return error if isinstance(error, dict) and error else None


def _upstream(error: Mapping[str, Any]) -> str:
    """OpenRouter says `Provider returned error` and hides the model maker's words one deeper."""
    metadata = error.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    return f" – {raw}" if isinstance(raw, str) and raw else ""


def _wait_in(text: str) -> float | None:
    """Seconds that the words of a 429 ask us to wait; None where they say nothing."""
    if (delay := _RETRY_DELAY.search(text)) is not None:
        return bounded_wait(float(delay[1]))
    said = _TRY_AGAIN.search(text)
    if said is None or not (said[1] or said[2]):
        return None
    seconds = float(said[2] or 0) / (1000 if said[3] == "ms" else 1)
    return bounded_wait(float(said[1] or 0) * 60 + seconds)


def _plain(body: object) -> str:
    return body if isinstance(body, str) else json.dumps(body) if body else ""
