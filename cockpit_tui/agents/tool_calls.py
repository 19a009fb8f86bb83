"""One tool call as durable steps: read and answer, prepare and apply, allow and run."""

from __future__ import annotations

import time
from dataclasses import dataclass

from cockpit_tui.agents.edit_steps import (
    PreparedEdit,
    apply_prepared,
    is_applied,
    prepare_edit,
)
from cockpit_tui.agents.seat import Seat, Workbench
from cockpit_tui.agents.watchdog import told_when_silent
from cockpit_tui.domain import event
from cockpit_tui.domain.approval import Decision, Question
from cockpit_tui.domain.checkpoint import Checkpoint
from cockpit_tui.domain.conversation import JsonObject, ToolCall, ToolResult
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import ToolError
from cockpit_tui.domain.model import Wire
from cockpit_tui.domain.policy import Gate, Risk
from cockpit_tui.domain.record import Facts, ToolUsed
from cockpit_tui.domain.sanitize import clip, sanitize_line
from cockpit_tui.tools.arguments import MalformedCall
from cockpit_tui.tools.base import EditTool, ReadTool, ShellTool
from cockpit_tui.tools.permissions import is_covered


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOutcome:
    """What the ledger remembers of a call: what the model reads, and what people see."""

    text: str
    summary: str
    is_error: bool
    seconds: float
    malformed: bool = False
    """The call itself was wrong: unreadable, no such tool, or wrong arguments."""


@dataclass(slots=True)
class ToolCalls:
    """Makes a seat's tool calls, one after the other."""

    ctx: JobContext
    seat: Seat
    malformed_in_a_row: int = 0
    """How many of the last calls were malformed; a readable call, refused or not, ends the row."""
    _newest: str = ""
    """The last checkpoint on this head; empty before the first."""
    _has_changed: bool = False
    """Whether the worktree may differ from `_newest`."""

    def begin_round(self) -> None:
        """New words: the work so far may have been committed, so its checkpoints are on another
        head."""
        self._newest, self._has_changed = "", False

    async def checkpoint(self, key: str, number: int) -> None:
        """Keep the worktree as step `number` leaves it, where one of its calls may have changed it.
        """
        bench = self.seat.bench
        if bench is None or not self._has_changed:
            return
        since = self._newest

        def facts(made: Checkpoint) -> Facts:
            return Facts(events=(self.seat.event(event.GitCheckpointed(
                ref=made.ref, commit=made.commit, step=number, files=made.files)),))

        made = await self.ctx.step(key, EffectClass.READ,
                                   lambda: bench.checkpoint(str(number), since),
                                   kind=Checkpoint, after=facts)
        self._newest, self._has_changed = made.commit, False

    async def make(self, key: str, step_number: int, call: ToolCall) -> ToolResult:
        """Carry out `call` under `key`; exactly one result, whatever goes wrong with the call."""
        session = self.seat.session
        try:
            if call.malformed:
                raise MalformedCall(call.malformed)
            if session is None:
                raise ToolError("There are no tools here: answer in words.")
            tool = session.tool(call.name, call.arguments)
            summary = self.seat.redactor.redact(tool.summarize(call.arguments))
        except ToolError as refused:
            outcome = await self._refused(key, step_number, call, refused)
        else:
            if tool.effect is EffectClass.FILE_EDIT:
                outcome = await self._edit(key, step_number, call, tool, summary)
            elif tool.effect is EffectClass.SHELL:
                outcome = await self._run(key, step_number, call, tool, summary)
            else:
                outcome = await self._read(key, step_number, call, tool, summary)
        self.malformed_in_a_row = self.malformed_in_a_row + 1 if outcome.malformed else 0
        return ToolResult(call_id=call.id, text=outcome.text, is_error=outcome.is_error)

    async def _refused(self, key: str, number: int, call: ToolCall,
                       why: ToolError) -> CallOutcome:
        async def answer() -> CallOutcome:
            return self._failed(why, f"{sanitize_line(call.name[:60])}: refused")

        return await self.ctx.step(key, EffectClass.READ, answer, kind=CallOutcome,
                                   after=lambda done: self._facts(number, call, done))

    async def _read(self, key: str, number: int, call: ToolCall, tool: ReadTool,
                    summary: str) -> CallOutcome:
        async def read() -> CallOutcome:
            began = time.monotonic()
            try:
                found = await tool.call(call.arguments)
            except ToolError as error:
                return self._failed(error, summary, began)
            return CallOutcome(text=self._for_model(found.text), summary=found.summary or summary,
                               is_error=found.is_error, seconds=time.monotonic() - began)

        return await self.ctx.step(key, EffectClass.READ, read, kind=CallOutcome,
                                   after=lambda done: self._facts(number, call, done))

    async def _edit(self, key: str, number: int, call: ToolCall, tool: EditTool,
                    summary: str) -> CallOutcome:
        session = self.seat.session
        assert session is not None
        root = session.root
        prepared = await self.ctx.step(f"{key}/prepare", EffectClass.READ,
                                       lambda: prepare_edit(tool, call.arguments),
                                       kind=PreparedEdit)
        if prepared.error:
            error = MalformedCall if prepared.malformed else ToolError
            return await self._refused(key, number, call, error(prepared.error))
        done = CallOutcome(text=f"{summary}: done (+{prepared.added} -{prepared.removed})",
                           summary=summary, is_error=False, seconds=0)

        async def apply() -> CallOutcome:
            began = time.monotonic()
            try:
                await apply_prepared(root, tool, call.arguments, prepared)
            except ToolError as error:
                return self._failed(error, summary, began)
            return done

        async def recover(intent: JsonObject) -> CallOutcome | None:
            return done if await is_applied(root, prepared) else None

        def facts(outcome: CallOutcome) -> Facts:
            written = self._facts(number, call, outcome)
            if outcome.is_error:
                return written
            generated = tuple(
                self.seat.event(event.CodeGenerated(agent=self.seat.agent, path=file.path,
                                                    added=file.added, removed=file.removed))
                for file in prepared.files)
            return Facts(events=(*written.events, *generated), rows=written.rows)

        outcome = await self.ctx.step(key, EffectClass.FILE_EDIT, apply, kind=CallOutcome,
                                      recover=recover, after=facts, intent=prepared.intent())
        self._has_changed = self._has_changed or not outcome.is_error
        return outcome

    async def _run(self, key: str, number: int, call: ToolCall, tool: ShellTool,
                   summary: str) -> CallOutcome:
        bench = self.seat.bench
        try:
            command = tool.parse(call.arguments)
            if bench is None:
                raise ToolError("Commands cannot be run here.")
        except ToolError as error:
            return await self._refused(key, number, call, error)
        denied = await self._ask_if_not_covered(key, command)
        if denied:
            return await self._refused(key, number, call, ToolError(denied))
        checkpoint = await self._way_back(f"{key}/checkpoint", bench)

        async def run() -> CallOutcome:
            began = time.monotonic()
            result = await told_when_silent(
                bench.run(command), seconds=self.seat.limits.silent_seconds,
                tell=lambda seconds: self._say_silent(summary, seconds))
            ending = f"exit code {result.exit_code}" if not result.reason else result.reason
            return CallOutcome(text=self._for_model(f"{result.output}\n[{ending}]"),
                               summary=f"{summary} → {ending}", is_error=result.exit_code != 0,
                               seconds=time.monotonic() - began)

        async def recover(intent: JsonObject) -> CallOutcome | None:
            await bench.restore(str(intent["checkpoint"]))
            return None

        called = self.seat.event(event.ToolCalled(agent=self.seat.agent, tool=call.name,
                                                  summary=summary))
        self._has_changed = True
        return await self.ctx.step(
            key, EffectClass.SHELL, run, kind=CallOutcome, recover=recover,
            intent={"command": command, "checkpoint": checkpoint}, before=Facts(events=(called,)),
            after=lambda done: self._facts(number, call, done, announced=True))

    async def _say_silent(self, summary: str, seconds: float) -> None:
        """It is neither stopped nor run again: whether it did what it should nobody can know."""
        await self.ctx.emit(self.seat.event(event.AgentStalled(
            agent=self.seat.agent, doing=summary, seconds=seconds, then="left alone")))

    async def _way_back(self, key: str, bench: Workbench) -> str:
        """A checkpoint of the worktree as it is now: the newest, where nothing changed since."""
        if self._newest and not self._has_changed and not self.ctx.was_finished(key):
            return self._newest
        since = self._newest

        async def save() -> str:
            return (await bench.checkpoint("before", since)).commit

        self._newest = await self.ctx.step(key, EffectClass.READ, save, kind=str)
        return self._newest

    async def _ask_if_not_covered(self, key: str, command: str) -> str:
        """Empty where the command may run, else why not, in words for the model."""
        coverage = is_covered(command, self.seat.allowed_commands)
        if coverage.covered:
            return ""
        question = Question(
            gate=Gate.COMMAND, title=f"{self.seat.agent} asks: {command}", detail=command,
            action={"command": command, "task": self.seat.task_id or ""}, risk=Risk.MED,
            reasons=(coverage.reason,))
        answer = await self.ctx.approval(f"{key}/allow", question, task_id=self.seat.task_id)
        if answer.decision is Decision.GRANTED:
            return ""
        words = f" They say: {answer.comment}" if answer.comment else ""
        return f"The person did not allow this command.{words} Go on without it."

    def _failed(self, why: ToolError, summary: str, began: float | None = None) -> CallOutcome:
        # A refusal may quote the file: an edit that does not match shows what comes nearest.
        return CallOutcome(text=self._for_model(str(why)), summary=summary, is_error=True,
                           seconds=time.monotonic() - began if began is not None else 0,
                           malformed=isinstance(why, MalformedCall))

    def _for_model(self, text: str) -> str:
        """Without secrets, and not longer than the session allows: head and tail.

        Redacted first, since a cut through a secret would hide it from the redactor.
        """
        text = self.seat.redactor.redact(text)
        session = self.seat.session
        if session is None or any(profile.wire is Wire.RULES for profile in self.seat.chain):
            return text  # Rules have no window, and read files as a whole.
        return clip(text, session.output_limit)

    def _facts(self, number: int, call: ToolCall, outcome: CallOutcome, *,
               announced: bool = False) -> Facts:
        seat = self.seat
        called = event.ToolCalled(agent=seat.agent, tool=call.name, summary=outcome.summary)
        finished = event.ToolFinished(agent=seat.agent, tool=call.name, summary=outcome.summary,
                                      is_error=outcome.is_error, seconds=outcome.seconds)
        payloads = (finished,) if announced else (called, finished)
        result = ToolResult(call_id=call.id, text=outcome.text, is_error=outcome.is_error)
        row = ToolUsed(step_number=number, call=call, result=result, seconds=outcome.seconds,
                       task_id=seat.task_id, execution_id=seat.execution_id)
        return Facts(events=tuple(seat.event(payload) for payload in payloads), rows=(row,))
