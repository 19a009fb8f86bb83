"""A second cockpit's screen: what is asked for there is done by the one that works."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support import scenes
from support.cockpit_app import Cockpit
from support.repositories import make_repository
from support.scripted_jobs import (
    one_phase,
    path_of,
    planned_task,
    scripted_engine,
    submit,
    writes_its_file,
)
from textual.pilot import Pilot

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.job import Job, JobStatus
from cockpit_tui.domain.policy import ApproveMode
from cockpit_tui.engine import mailbox
from cockpit_tui.engine.engine import open_engine
from cockpit_tui.providers.scripted import ScriptedProvider
from cockpit_tui.ui.app import CockpitApp
from cockpit_tui.ui.screens.home import HomeScreen
from cockpit_tui.ui.settings import UiSettings

PLAN = one_phase(planned_task("a", "a.txt"), planned_task("b", "b.txt", after=("a",)))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})


@asynccontextmanager
async def second_screen(repository: Path) -> AsyncIterator[tuple[CockpitApp, Pilot[int]]]:
    """A whole app over an engine that only reads, beside the one that works."""
    async with open_engine(Paths.from_environment(), is_attended=True, may_only_read=True,
                           may_write_letters=True) as other:
        assert other.is_read_only
        app = CockpitApp(other, str(repository), UiSettings(
            repaint_seconds=0.0, glyphs="unicode", monotonic=_ever_later()))
        async with app.run_test(size=(120, 36)) as pilot:
            yield app, pilot


def _ever_later() -> Callable[[], float]:
    """The clock of a person who waits ten seconds before every key."""
    seconds = [1_000.0]

    def now() -> float:
        seconds[0] += 10
        return seconds[0]

    return now


async def until(pilot: Pilot[int], is_so: Callable[[], bool]) -> None:
    try:
        async with asyncio.timeout(8):
            while not is_so():
                await pilot.pause(0.02)
    except TimeoutError:
        screen = pilot.app.screen
        strips = screen._compositor.render_strips()
        pytest.fail("\n".join(strip.text.rstrip() for strip in strips))


async def test_what_is_asked_for_on_the_second_screen_is_done_by_the_first(
        repository: Path) -> None:
    held, go = asyncio.Event(), asyncio.Event()

    async def work(request: ModelRequest) -> ModelReply:
        if path_of(request) == "a.txt":
            held.set()
            await go.wait()
        return writes_its_file(request)

    async with scripted_engine(ScriptedProvider(plan=PLAN, task=work), attended=True) as holder:
        job = await submit(holder, repository, ApproveMode.MANUAL)
        async with second_screen(repository) as (app, pilot):
            home = app.home
            await until(pilot, lambda: home.approval is not None)
            assert "follows another cockpit" in home.header.text

            await pilot.press("a", "y")
            await until(pilot, held.is_set)  # The plan was approved, by letter: an agent works.

            await until(pilot, lambda: home.approval is None)
            await pilot.press("2", "g", "g", "p")
            await until(pilot, lambda: "pauses after its step" in home.hint.text)
            assert (await holder.job_view(job.id)).is_paused

            await pilot.press("p")
            await until(pilot, lambda: "goes on" in home.hint.text)
            await pilot.press("X", "y")
            await until(pilot, lambda: status_on(home, job) is JobStatus.CANCELLED)


def status_on(home: HomeScreen, job: Job) -> JobStatus | None:
    shown = home.snapshot.job(job.id)
    return shown.status if shown is not None else None


async def test_nobody_answers_the_second_screen(repository: Path, monkeypatch) -> None:
    """The screen goes on meanwhile, and says in the end that nothing was changed."""
    monkeypatch.setattr(mailbox, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(mailbox.Mailbox, "look", lambda _: None)
    provider = ScriptedProvider(plan=PLAN, task=writes_its_file)
    async with scripted_engine(provider, attended=True) as holder:
        job = await submit(holder, repository, ApproveMode.MANUAL)
        async with second_screen(repository) as (app, pilot):
            home = app.home
            await until(pilot, lambda: home.approval is not None)
            await pilot.press("a", "y")
            await until(pilot, lambda: "Asked the cockpit that works" in home.hint.text)
            await pilot.press("question_mark")  # Nothing is held up by the letter.
            assert app.screen is not home
            await pilot.press("escape")
            await until(pilot, lambda: "nothing was changed" in home.hint.text)
            assert [a.job_id for a in await holder.pending_approvals()] == [job.id]


async def test_only_where_letters_are_written_the_header_says_that_it_follows(
        open_cockpit) -> None:
    async with open_cockpit(scenes.waiting_diff(), is_read_only=True) as cockpit:
        assert isinstance(cockpit, Cockpit)
        cockpit.engine.writes_letters = True
        cockpit.app.bridge.reload()
        while not cockpit.app.bridge.snapshot.is_following:
            await cockpit.settle()
        await cockpit.settle()
        first = cockpit.screen_text.splitlines()[0]
        assert ("follows" in first, "read only" in first) == (True, False)
