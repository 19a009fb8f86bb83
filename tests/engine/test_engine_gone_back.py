"""Work that does not go together with what landed goes back to its agent, with both sides in view.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.priced_jobs import priced_engine, priced_models, submit_priced
from support.repositories import git, make_repository
from support.scripted_jobs import one_phase

from cockpit_tui.domain.conversation import ModelReply, ModelRequest, ToolResult
from cockpit_tui.domain.drafts import TaskDraft
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

AGAIN = "# Brought onto what others landed"


class Pair:
    """Two agents that write without knowing of each other; whoever comes again is kept."""

    def __init__(self, first: dict[str, dict[str, str]], again: dict[str, str]) -> None:
        self.first, self.again = first, again
        self.both = asyncio.Barrier(2)
        self.told: list[str] = []

    async def work(self, asked: ModelRequest) -> ModelReply:
        words = asked.messages[0].text
        name = words.split("Task ", 1)[1][0]
        is_again = AGAIN in words
        files = list((self.again if is_again else self.first[name]).items())
        turn = turns_so_far(asked)
        if is_again and turn == 0:
            self.told.append(words)
        if is_again and turn == 0:
            return calls(("read_file", {"path": "shared.txt"}), ("read_file", {"path": "own.txt"}))
        turn -= is_again
        if turn < len(files):
            path, text = files[turn]
            return calls(("write_file", {"path": path, "content": text}))
        if not is_again:
            await self.both.wait()
        else:
            self.told.append("\n".join(block.text for block in asked.messages[2].blocks
                                       if isinstance(block, ToolResult)))
        return says("Done.")


def draft(name: str, *acceptance: str) -> TaskDraft:
    return TaskDraft(key=name, title=f"Task {name}", instructions="write", role="Tester",
                     acceptance=acceptance)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"shared.txt": "start\n", "own.txt": "start\n"})


async def test_a_conflict_comes_back_with_both_sides_and_what_goes_together(
        repository: Path) -> None:
    pair = Pair({"a": {"shared.txt": "from a\n"},
                 "b": {"own.txt": "own of b\n", "shared.txt": "from b\n"}},
                {"shared.txt": "from a\nfrom b\n"})
    provider = ScriptedProvider(task=pair.work, plan=one_phase(
        draft("a", "grep -q 'from a' shared.txt", "sleep 0.1"),
        draft("b", "grep -q 'from b' shared.txt", "grep -q 'own of b' own.txt", "sleep 0.5")))
    async with priced_engine(priced_models(provider)) as engine:
        job = await submit_priced(engine, repository, budget=None)
        end = await engine.wait(job.id)
        events = await engine.events(job_id=job.id, limit=10_000)
    assert end.error is None
    assert [e.payload.paths for e in events if e.type == "git:conflicted"] == [("shared.txt",)]
    words, found = pair.told
    assert "shared.txt" in words
    assert "-start\n+from b\n" in words.split("Yours:")[1].split("Theirs:")[0]
    assert "-start\n+from a\n" in words.split("Theirs:")[1]
    assert "from a" in found
    assert "own of b" in found  # what goes together is there already
    assert "<<<<" not in found
    assert git("show", f"{job.branch}:shared.txt", cwd=repository) == "from a\nfrom b"


async def test_what_fails_together_comes_back_with_the_output_of_the_proof(
        repository: Path) -> None:
    pair = Pair({"a": {"shared.txt": "moved\n"}, "b": {"own.txt": "moved by b\n"}},
                {"own.txt": "stays\n"})
    provider = ScriptedProvider(task=pair.work, plan=one_phase(
        draft("a", "sleep 0.1"), draft("b", "sh test.sh", "sleep 0.5")))
    (repository / "test.sh").write_text(
        "cat own.txt\nif grep -q moved own.txt && grep -q moved shared.txt; then exit 3; fi\n")
    git("add", "test.sh", cwd=repository)
    git("commit", "-qm", "Test", cwd=repository)
    async with priced_engine(priced_models(provider)) as engine:
        job = await submit_priced(engine, repository, budget=None)
        end = await engine.wait(job.id)
        view = await engine.job_view(job.id)
    assert end.error is None
    words, found = pair.told
    assert "$ sh test.sh\nmoved by b\n" in words
    assert "[exit code 3]" in words
    assert "moved by b" in found  # its own work is there, to be mended
    assert [task.attempts for task in view.tasks] == [1, 2]
    assert git("show", f"{job.branch}:own.txt", cwd=repository) == "stays"
