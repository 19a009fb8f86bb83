"""Tool calls as durable steps: several files in one, wrong calls counted, results kept short."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from support.memory_context import MemoryContext

from cockpit_tui.agents.seat import Seat
from cockpit_tui.agents.tool_calls import ToolCalls
from cockpit_tui.config.redaction import REDACTED, Redactor
from cockpit_tui.domain import event
from cockpit_tui.domain.checkpoint import Checkpoint
from cockpit_tui.domain.conversation import ModelReply, ModelRequest, ToolCall, ToolResult
from cockpit_tui.domain.errors import DiskFull, ToolError
from cockpit_tui.domain.ids import ExecutionId, JobId, TaskId
from cockpit_tui.domain.model import RULES_PROFILE, EditFormat, ModelProfile
from cockpit_tui.domain.policy import Limits
from cockpit_tui.domain.record import ToolUsed
from cockpit_tui.tools.paths import ConfinedPath, Confinement
from cockpit_tui.tools.session import ToolSession
from cockpit_tui.tools.shell import CommandResult

SECRET = "sk-the-persons-own-key"
PATCH = """*** Begin Patch
*** Update File: a
-one
+two
*** Update File: old
*** Move to: new
-one
+three
*** Delete File: gone
*** Add File: fresh
+four
*** End Patch"""
BEFORE = {"a": "one\n", "old": "one\n", "gone": "one\n"}
AFTER = {"a": "two\n", "new": "three\n", "fresh": "four\n"}
WRITES = 5


class Killed(BaseException):
    """The process ends here: nobody catches this."""


class Silent:
    async def complete(self, profile: ModelProfile, request: ModelRequest, *,
                       on_retry: object) -> ModelReply:
        raise AssertionError("no model is asked here")

    def ceiling_microusd(self, profile: ModelProfile, request: ModelRequest) -> int | None:
        return None


class Bench:
    """Answers every command with the same output."""

    def __init__(self, root: Path, output: str) -> None:
        self.root = root
        self.output = output

    async def run(self, command: str) -> CommandResult:
        return CommandResult(exit_code=0, seconds=0.1, output=self.output)

    async def checkpoint(self, name: str, since: str = "") -> Checkpoint:
        return Checkpoint(ref=name, commit="c" * 40, files=1)

    async def restore(self, checkpoint: str) -> None:
        raise AssertionError("nothing was interrupted")


def seat(root: Path, *, profile: ModelProfile | None = None, output_limit: int = 20_000,
         output: str = "") -> Seat:
    model = profile or ModelProfile(provider="p", model="m", edit_format=EditFormat.APPLY_PATCH)
    return Seat(
        key="t", agent="a1", purpose="task", models=Silent(), chain=(model,), system="s",
        session=ToolSession(root, edit_format=EditFormat.APPLY_PATCH, output_limit=output_limit),
        bench=Bench(root, output), limits=Limits(), redactor=Redactor(frozenset({SECRET})),
        job_id=JobId("job"), task_id=TaskId("task"), execution_id=ExecutionId("execution"))


def call(name: str, malformed: str = "", **arguments: object) -> ToolCall:
    return ToolCall(id="1", name=name, arguments=dict(arguments), malformed=malformed)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def files(root: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in root.iterdir()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "worktree"
    folder.mkdir()
    for name, text in BEFORE.items():
        (folder / name).write_text(text)
    return folder


def die_at(monkeypatch: pytest.MonkeyPatch, number: int, *, after: bool,
           error: BaseException) -> None:
    """Raise at the `number`-th change of a file, before it or when it is done."""
    count = 0

    def dying(real: object) -> object:
        def change(self: Confinement, path: ConfinedPath, *args: object, **given: object) -> None:
            nonlocal count
            count += 1
            if count == number and not after:
                raise error
            real(self, path, *args, **given)  # type: ignore[operator]
            if count == number:
                raise error

        return change

    monkeypatch.setattr(Confinement, "write", dying(Confinement.write))
    monkeypatch.setattr(Confinement, "remove", dying(Confinement.remove))


async def test_a_patch_is_one_step_whose_intent_names_every_file(root: Path) -> None:
    ctx = MemoryContext()
    steps: dict[str, object] = {}

    class Watching(MemoryContext):
        async def step(self, key: str, effect: object, work: object, **given: object) -> object:
            steps[key] = given.get("intent")
            return await MemoryContext.step(ctx, key, effect, work, **given)  # type: ignore[arg-type]

    result = await ToolCalls(Watching(), seat(root)).make("k", 1, call("apply_patch", patch=PATCH))
    assert result == ToolResult(call_id="1", text="patch a, old, gone and 1 more: done (+3 -3)")
    assert files(root) == AFTER
    assert steps["k"] == {"files": [
        {"path": "new", "before": None, "after": sha256("three\n")},
        {"path": "fresh", "before": None, "after": sha256("four\n")},
        {"path": "a", "before": sha256("one\n"), "after": sha256("two\n")},
        {"path": "old", "before": sha256("one\n"), "after": None},
        {"path": "gone", "before": sha256("one\n"), "after": None}]}
    assert [payload for payload in ctx.payloads if isinstance(payload, event.CodeGenerated)] == [
        event.CodeGenerated(agent="a1", path=path, added=added, removed=removed)
        for path, added, removed in (("new", 1, 0), ("fresh", 1, 0), ("a", 1, 1), ("old", 0, 1),
                                     ("gone", 0, 1))]


async def test_what_a_patch_moves_away_survives_a_crash_before_its_place_is_taken(
        root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    patch = ("*** Begin Patch\n*** Update File: a\n*** Move to: kept\n*** Add File: a\n+other\n"
             "*** End Patch\n")
    first = MemoryContext()
    with monkeypatch.context() as dying:
        die_at(dying, 1, after=True, error=Killed())
        with pytest.raises(Killed):
            await ToolCalls(first, seat(root)).make("k", 1, call("apply_patch", patch=patch))
    second = MemoryContext(done=first.done, begun=first.begun)
    await ToolCalls(second, seat(root)).make("k", 1, call("apply_patch", patch=patch))
    assert files(root) == {**BEFORE, "kept": "one\n", "a": "other\n"}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(1, WRITES + 1))
async def test_a_crash_between_two_files_is_gone_on_from(
        root: Path, monkeypatch: pytest.MonkeyPatch, number: int, *, after: bool) -> None:
    first = MemoryContext()
    with monkeypatch.context() as dying:
        die_at(dying, number, after=after, error=Killed())
        with pytest.raises(Killed):
            await ToolCalls(first, seat(root)).make("k", 1, call("apply_patch", patch=PATCH))
    assert (files(root) == BEFORE) is (number == 1 and not after)
    second = MemoryContext(done=first.done, begun=first.begun)
    result = await ToolCalls(second, seat(root)).make("k", 1, call("apply_patch", patch=PATCH))
    assert not result.is_error
    assert files(root) == AFTER
    assert sum(isinstance(payload, event.CodeGenerated) for payload in second.payloads) == WRITES


async def test_somebody_elses_change_after_a_crash_is_for_the_person(
        root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = MemoryContext()
    with monkeypatch.context() as dying:
        die_at(dying, 1, after=True, error=Killed())
        with pytest.raises(Killed):
            await ToolCalls(first, seat(root)).make("k", 1, call("apply_patch", patch=PATCH))
    (root / "gone").write_text("mine now\n")
    before = files(root)
    second = MemoryContext(done=first.done, begun=first.begun)
    with pytest.raises(ToolError, match="gone was changed by somebody else"):
        await ToolCalls(second, seat(root)).make("k", 1, call("apply_patch", patch=PATCH))
    assert files(root) == before


@pytest.mark.parametrize("number", range(1, WRITES + 1))
async def test_a_full_disk_leaves_nothing_half_made_and_can_be_resumed(
        root: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    first = MemoryContext()
    with monkeypatch.context() as dying:
        die_at(dying, number, after=False, error=DiskFull("No room."))
        with pytest.raises(DiskFull):
            await ToolCalls(first, seat(root)).make("k", 1, call("apply_patch", patch=PATCH))
    assert files(root) == BEFORE
    second = MemoryContext(done=first.done, begun=first.begun)
    await ToolCalls(second, seat(root)).make("k", 1, call("apply_patch", patch=PATCH))
    assert files(root) == AFTER


async def test_a_refused_edit_is_an_error_in_the_ledger_and_changes_nothing(root: Path) -> None:
    ctx = MemoryContext()
    wanted = call("apply_patch", patch=PATCH.replace("-one\n+three", "-none\n+three"))
    result = await ToolCalls(ctx, seat(root)).make("k", 1, wanted)
    assert result.is_error
    assert result.text.startswith("Hunk 1 of 'old' was not found.")
    assert files(root) == BEFORE
    [row] = ctx.rows
    assert isinstance(row, ToolUsed)
    assert (row.call, row.result) == (wanted, result)


async def test_wrong_calls_are_counted_until_a_readable_one(root: Path) -> None:
    ctx = MemoryContext()
    wrong = [call("read_file", malformed=f"Not JSON: {SECRET}"), call("no_such_tool"),
             call("read_file", file=7), call("apply_patch", patch="*** Begin Patch"),
             call("run_command", command=""), call("edit_file", path="a", old_string="")]
    readable = call("read_file", path="none")
    for first_run in (True, False):
        calls = ToolCalls(ctx, seat(root))
        counts, results = [], []
        for number, made in enumerate([*wrong, readable, wrong[0]]):
            results.append(await calls.make(f"k{number}", 1, made))
            counts.append(calls.malformed_in_a_row)
        assert counts == [1, 2, 3, 4, 5, 6, 0, 1], first_run
        assert all(result.is_error for result in results)
        assert results[0].text == f"Not JSON: {REDACTED}"
    assert len(ctx.rows) == 8


async def test_a_result_keeps_head_and_tail_and_no_secret_is_cut_in_two(root: Path) -> None:
    text = "head\n" + "x" * 88 + SECRET + "y" * 300 + "\ntail"
    (root / "long").write_text(text)
    made = [await ToolCalls(MemoryContext(), seat(root, output_limit=150, output=text)).make(
        "k", 1, wanted) for wanted in (call("read_file", path="long"),
                                       call("run_command", command="cat long"))]
    for result, end in zip(made, ("\ntail", "\n[exit code 0]"), strict=True):
        assert result.text.startswith("head\nx")
        assert result.text.endswith(end)
        assert "characters cut ...]" in result.text
        assert len(result.text) < 200
        assert "sk-the" not in result.text


async def test_rules_read_files_whole(root: Path) -> None:
    (root / "long").write_text("x" * 50_000)
    result = await ToolCalls(MemoryContext(), seat(root, profile=RULES_PROFILE)).make(
        "k", 1, call("read_file", path="long"))
    assert result.text == "x" * 50_000
