"""What an engine remembers of jobs that are over does not grow with their number."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from support.repositories import make_repository
from support.scripted_jobs import (
    one_phase,
    planned_task,
    scripted_engine,
    submit,
    writes_its_file,
)

from cockpit_tui.engine import runs
from cockpit_tui.engine.local import LocalContext
from cockpit_tui.providers.scripted import ScriptedProvider


async def test_only_the_newest_ends_are_remembered(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MOST_ENDED", 2)
    repository = make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})
    provider = ScriptedProvider(plan=one_phase(planned_task("a", "a.txt")), task=writes_its_file)
    async with scripted_engine(provider) as engine:
        made = []
        for _ in range(5):
            made.append((await submit(engine, repository)).id)
            assert (await engine.wait(made[-1])).error is None
        kept = set(made[-3:])
        assert set(engine.runs._running) == kept
        assert set(engine.runs.policies) == kept
        assert set(engine.runs.budgets._books) <= kept
        assert set(engine.runs.slots.priorities) <= kept


async def test_the_end_of_a_failed_run_keeps_nothing_of_its_memory(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})
    provider = ScriptedProvider(task=writes_its_file, plan=one_phase(
        planned_task("a", "a.txt", acceptance=("false",))))
    async with scripted_engine(provider) as engine:
        for _ in range(2):
            job = await submit(engine, repository)
            end = await engine.wait(job.id)
            assert end.error is not None
            assert end.error.__traceback__ is None
            gc.collect()
            assert [one for one in gc.get_objects() if isinstance(one, LocalContext)] == []
