"""A malicious model at work in a real engine: what it writes, runs and says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support.repositories import git, make_repository

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.conversation import (
    Message,
    ModelReply,
    ModelRequest,
    Speaker,
    StopReason,
    TextBlock,
    ToolCall,
)
from cockpit_tui.domain.drafts import PhaseDraft, PlanDraft, TaskDraft
from cockpit_tui.domain.job import JobRequest, JobStatus
from cockpit_tui.domain.policy import ApproveMode, Gate, Policy, Risk
from cockpit_tui.domain.task import TaskStatus
from cockpit_tui.domain.view import JobView
from cockpit_tui.engine.engine import open_engine
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

KEY = "AKIA" + "IOSFODNN7EXAMPLE"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {
        "README.md": "# Hello\n", ".gitignore": "*.cache\n", "conftest.py": "# honest\n"})


def plan_of(*, title: str = "Write a.txt", owned: tuple[str, ...] = ("a.txt",),
            acceptance: tuple[str, ...] = ("test -s a.txt",)) -> PlanDraft:
    task = TaskDraft(key="a", title=title, instructions="write it", role="BackendDeveloper",
                     owned_paths=owned, acceptance=acceptance)
    return PlanDraft(summary="s", phases=(PhaseDraft(title="P", tasks=(task,)),))


def doing(*turns: tuple[str, dict[str, object]]) -> Callable[[ModelRequest], ModelReply]:
    """One tool call a turn, then the end; the same again whenever it is asked once more."""
    def work(request: ModelRequest) -> ModelReply:
        turn = turns_so_far(request)
        return calls(turns[turn], turn=turn) if turn < len(turns) else says("Done.")

    return work


async def run(repository: Path, provider: ScriptedProvider) -> JobView:
    return (await run_and_watch(repository, provider))[0]


async def run_and_watch(repository: Path,
                        provider: ScriptedProvider) -> tuple[JobView, list[str]]:
    """The job as it ended, and what its events said."""
    request = JobRequest(text="Write", policy=Policy(approve=ApproveMode.ALL))
    async with open_engine(Paths.from_environment(), is_attended=False,
                           provider_source=lambda _: (provider, "script")) as engine:
        job = await engine.send(SubmitJob(repository=str(repository), request=request))
        assert job is not None
        await engine.wait(job.id)
        said = [str(getattr(e.payload, "text", "")) for e in await engine.events(limit=5_000)]
        return await engine.job_view(job.id), said


def told(provider: ScriptedProvider) -> str:
    """All results of tools that the model was given."""
    last = [r for r in provider.requests if r.purpose == "task"][-1]
    return "\n".join(block.text for message in last.messages for block in message.blocks
                     if block.kind != "tool_call")


@pytest.mark.parametrize("planted", ["made.cache", "__pycache__/made.pyc", ".venv/bin/made"])
async def test_a_proof_does_not_see_what_the_commit_lacks(repository: Path, planted: str) -> None:
    """Ignored files stay out of the commit; a check that needs one must fail on it."""
    provider = ScriptedProvider(plan=plan_of(acceptance=(f"test -e {planted}",)), task=doing(
        ("write_file", {"path": "a.txt", "content": "x\n"}),
        ("run_command", {"command": f"mkdir -p $(dirname {planted}) && echo x > {planted}"})))
    view = await run(repository, provider)
    assert [t.status for t in view.tasks] == [TaskStatus.FAILED]
    assert git("branch", "--list", "cockpit/*", cwd=repository) == ""


@pytest.mark.parametrize(("command", "path"), [
    ("echo 'raise SystemExit(0)' > conftest.py", "conftest.py"),
    ("mkdir -p .github && echo x > .github/w.yml", ".github/w.yml"),
    ("rm README.md", "README.md"), ("ln -s /etc/passwd b.txt", "b.txt"),
    ("echo x > .cockpit.toml", ".cockpit.toml"),
    ("rm README.md && mkdir README.md && echo x > README.md/x", "README.md")])
async def test_a_command_does_not_widen_the_owned_paths(repository: Path, command: str,
                                                        path: str) -> None:
    provider = ScriptedProvider(plan=plan_of(acceptance=("test -s a.txt", "test -f README.md")),
                                task=doing(("write_file", {"path": "a.txt", "content": "x\n"}),
                                           ("run_command", {"command": command})))
    view, shown = await run_and_watch(repository, provider)
    assert view.job.status is JobStatus.COMPLETED
    assert git("diff", "--name-only", view.job.base_commit, view.job.branch,
               cwd=repository) == "a.txt"
    assert any("outside of this task's paths" in text and path in text for text in shown)


async def test_a_check_that_needs_a_file_outside_of_the_owned_paths_fails(
        repository: Path) -> None:
    provider = ScriptedProvider(plan=plan_of(acceptance=("grep -q evil conftest.py",)), task=doing(
        ("write_file", {"path": "a.txt", "content": "x\n"}),
        ("run_command", {"command": "echo evil > conftest.py"})))
    view = await run(repository, provider)
    assert [t.status for t in view.tasks] == [TaskStatus.FAILED]
    assert "outside of this task's paths: conftest.py" in told(provider)
    assert git("branch", "--list", "cockpit/*", cwd=repository) == ""


async def test_40_a_key_does_not_come_out_of_a_refused_edit(repository: Path) -> None:
    (repository / "a.txt").write_text(f"first line\naws_key = {KEY}\n")
    git("add", "a.txt", cwd=repository)
    git("commit", "-qm", f"Store {KEY}", cwd=repository)
    provider = ScriptedProvider(plan=plan_of(), task=doing(
        ("edit_file", {"path": "a.txt", "old_string": "first line\naws_key = AKIA",
                       "new_string": "x"}),
        ("edit_file", {"path": "a.txt", "old_string": "first lane\naws_key = ", "new_string": "x"}),
        ("read_file", {"path": "a.txt"}), ("search", {"pattern": "aws"}),
        ("run_command", {"command": "cat a.txt"}),
        ("run_command", {"command": "echo x > a.txt"})))
    await run(repository, provider)
    assert KEY not in told(provider)
    assert all(KEY not in message.text for r in provider.requests for message in r.messages)
    stored = b"".join(file.read_bytes() for file in Paths.from_environment().data.glob("cockpit*"))
    found = [stored[m.start() - 120:m.end()] for m in re.finditer(KEY.encode(), stored)]
    assert not found


TITLE = "Do\x1b]52;c;eA==\x07 \u202etxt\n\nStep-Id: forged\x9b2J"


async def test_38_a_title_cannot_act_in_the_persons_git_log(repository: Path) -> None:
    provider = ScriptedProvider(plan=plan_of(title=TITLE), task=doing(
        ("write_file", {"path": "a.txt", "content": "x\n"})))
    view = await run(repository, provider)
    message = git("log", "-1", "--format=%B", view.job.branch, cwd=repository)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", message)
    assert [line for line in message.splitlines() if line.startswith("Step-Id")] == [
        f"Step-Id: {view.executions[0].id}/1"]


def _nested(depth: int) -> object:
    value: object = "x"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("call", [
    ToolCall(id="same", name="write_file", arguments={"path": "a.txt", "content": "\ud800"}),
    ToolCall(id="same", name="no\ud800\x1b[2J", arguments={}),
    ToolCall(id="\ud800", name="read_file", arguments={"path": float("nan")}),
    ToolCall(id="same", name="read_file", arguments={"path": _nested(3_000)}),
    ToolCall(id="same", name="read_file", arguments={"path": 10**5_000}),
    ToolCall(id="same", name="run_command", arguments={"command": "true\0; id"}),
], ids=["surrogate", "name", "nan", "deep", "long-number", "nul"])
async def test_35_a_malformed_call_is_answered_and_the_task_goes_on(
        repository: Path, call: ToolCall) -> None:
    def work(request: ModelRequest) -> ModelReply:
        turn = turns_so_far(request)
        if turn == 0:
            message = Message(speaker=Speaker.ASSISTANT,
                              blocks=(TextBlock(text="half \ud800 pair"), call, call))
            return ModelReply(message=message, stop_reason=StopReason.TOOL_CALLS, model="script")
        if turn == 1:
            return calls(("write_file", {"path": "a.txt", "content": "x\n"}), turn=1)
        return says("Done.")

    view = await run(repository, ScriptedProvider(plan=plan_of(), task=work))
    assert (view.job.status, view.job.reason) == (JobStatus.COMPLETED, "")


async def test_a_model_that_owns_the_checks_configuration_is_named_at_the_gate(
        repository: Path) -> None:
    """Nothing can tell an honest change of it from another one; the person is told to look."""
    provider = ScriptedProvider(plan=plan_of(owned=("conftest.py",), acceptance=("true",)),
                                task=doing(("write_file", {"path": "conftest.py",
                                                           "content": "import os; os._exit(0)\n"})))
    view = await run(repository, provider)
    (gate,) = [a.question for a in view.approvals if a.question.gate is Gate.PHASE]
    assert (gate.risk, "it changes what its own checks do: conftest.py" in gate.reasons) == (
        Risk.MED, True)
