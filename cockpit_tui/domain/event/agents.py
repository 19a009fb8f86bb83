"""What agents do: their turns, tool calls and code; and what came of it in proofs and judgement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStarted:
    agent: str
    role: str
    model: str
    type: Literal["agent:started"] = "agent:started"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatusChanged:
    agent: str
    status: str
    detail: str
    type: Literal["agent:status"] = "agent:status"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMessage:
    agent: str
    text: str
    type: Literal["agent:message"] = "agent:message"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFinished:
    agent: str
    outcome: str
    steps: int
    type: Literal["agent:finished"] = "agent:finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTerminated:
    """The person sent an agent away."""

    agent: str
    role: str
    number: str
    """The task that it had at hand, which another agent begins anew; empty: it was free."""
    type: Literal["agent:terminated"] = "agent:terminated"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    agent: str
    number: int
    model: str
    type: Literal["step:started"] = "step:started"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCompleted:
    agent: str
    number: int
    stop_reason: str
    tool_calls: int
    reissued: bool = False
    """True where a crash lost the first reply and the call was made again."""
    type: Literal["step:completed"] = "step:completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled:
    agent: str
    tool: str
    summary: str
    """`write src/x.py`, `run pytest -q`: one line for people."""
    type: Literal["tool:called"] = "tool:called"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFinished:
    agent: str
    tool: str
    summary: str
    is_error: bool
    seconds: float
    type: Literal["tool:finished"] = "tool:finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeGenerated:
    agent: str
    path: str
    added: int
    removed: int
    type: Literal["code:generated"] = "code:generated"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsStarted:
    command: str
    commit: str
    type: Literal["tests:started"] = "tests:started"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsComplete:
    command: str
    commit: str
    exit_code: int | None
    """None: not runnable here."""
    seconds: float
    summary: str
    type: Literal["tests:complete"] = "tests:complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgePassed:
    comment: str
    type: Literal["judge:passed"] = "judge:passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRevised:
    comment: str
    round: int
    type: Literal["judge:revised"] = "judge:revised"
