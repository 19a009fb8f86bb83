"""A seat: everything one conversation with a model needs, from prompt to limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cockpit_tui.config.redaction import Redactor
from cockpit_tui.domain.budget import NoPurse, Purse
from cockpit_tui.domain.checkpoint import Checkpoint
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.event import Event, Payload
from cockpit_tui.domain.ids import ExecutionId, JobId, TaskId
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.domain.policy import Limits
from cockpit_tui.providers.resilience import RetryNotice
from cockpit_tui.tools.session import ToolSession
from cockpit_tui.tools.shell import CommandResult


class ModelCaller(Protocol):
    """What a seat needs of `providers.pool.ModelPool`."""

    async def complete(self, profile: ModelProfile, request: ModelRequest, *,
                       on_retry: Callable[[RetryNotice], Awaitable[None]],
                       fail_fast: bool = False) -> ModelReply:
        """Ask one model, again where that may help. With `fail_fast`, a provider that is known to
        be down is not waited for. Raises ProviderError."""
        ...

    def ceiling_microusd(self, profile: ModelProfile, request: ModelRequest) -> int | None:
        """The most that this call can cost; None: the price is unknown."""
        ...


class Workbench(Protocol):
    """Where an execution runs commands: its worktree, its environment, its way back."""

    @property
    def root(self) -> Path: ...

    async def run(self, command: str) -> CommandResult:
        """Run in the worktree, contained; never raises for a command that fails."""
        ...

    async def checkpoint(self, name: str, since: str = "") -> Checkpoint:
        """Keep the worktree as it is, untracked files included, as the execution's `name`; `since`
        is the commit of the checkpoint before, where there is one on the same head."""
        ...

    async def restore(self, checkpoint: str) -> None:
        """Kill what an interrupted command left running and bring the worktree back."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    key: str
    """Prefix of the durable keys of all its steps."""
    agent: str
    """`a1`, or `lead`: the name on screen."""
    purpose: str
    """`review`, `plan`, `task` or `judge`."""
    models: ModelCaller
    chain: tuple[ModelProfile, ...]
    """Whom to ask, first to last resort; never empty."""
    system: str
    session: ToolSession | None
    """The tools it may use; None: it can only talk."""
    bench: Workbench | None
    """None: it cannot run commands."""
    limits: Limits
    redactor: Redactor
    job_id: JobId
    purse: Purse = field(default_factory=NoPurse)
    task_id: TaskId | None = None
    execution_id: ExecutionId | None = None
    allowed_commands: Collection[str] = field(default_factory=frozenset)
    """What the person allowed by approving the plan."""
    news: Callable[[], str] = str
    """What the agent has to hear with its next results, once; empty: nothing."""

    def event(self, payload: Payload) -> Event:
        return Event(payload=payload, job_id=self.job_id, task_id=self.task_id,
                     execution_id=self.execution_id)
