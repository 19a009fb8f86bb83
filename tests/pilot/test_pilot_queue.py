"""The queue screen and the locks screen: what is seen there, and what their keys send."""

from __future__ import annotations

from dataclasses import replace

from support import scenes
from support.queue_scene import ENTRIES, LOCKS, SCHEDULES, locked, queued

from cockpit_tui.domain.boards import LockBoard
from cockpit_tui.domain.command import (
    CancelJob,
    MoveJob,
    PauseQueue,
    PauseSchedule,
    PutBack,
    ReleaseLock,
    ResumeQueue,
)
from cockpit_tui.domain.queue import Move
from cockpit_tui.ui.lock_rows import release_words
from cockpit_tui.ui.screens.home import HomeScreen
from cockpit_tui.ui.screens.locks import LocksScreen
from cockpit_tui.ui.screens.queue import QueueScreen

OUT = "taken out of the queue"


async def test_keys_move_pause_and_start_and_u_takes_them_back(open_cockpit) -> None:
    async with open_cockpit(queued()) as cockpit:
        await cockpit.press("g", "q", "j", "J", "u", "j", "p", "u", "exclamation_mark", "P")
        second, third, fourth = (ENTRIES[at].job_id for at in (1, 2, 3))
        assert cockpit.engine.sent == [
            MoveJob(job_id=second, to=Move(before=fourth)),
            MoveJob(job_id=second, to=Move(is_last=True, priority=5)),
            PauseQueue(job_id=third), ResumeQueue(job_id=third), ResumeQueue(job_id=third),
            PauseQueue()]
        assert "P pause queue" in cockpit.screen_text


async def test_delete_asks_first_and_is_taken_back(open_cockpit) -> None:
    async with open_cockpit(queued()) as cockpit:
        await cockpit.press("g", "q", "j", "D")
        assert "Take #42 out of the queue?" in cockpit.screen_text
        await cockpit.press("n")
        assert cockpit.engine.sent == []
        await cockpit.press("D", "y", "u")
        job_id = ENTRIES[1].job_id
        assert cockpit.engine.sent == [CancelJob(job_id=job_id, reason=OUT),
                                       PutBack(job_id=job_id)]
        await cockpit.press("g", "g", "D", "y", "u")
        assert cockpit.engine.sent[2:] == [CancelJob(job_id=ENTRIES[0].job_id, reason=OUT)]
        assert ("This cannot be taken back: #41 is out of the queue. It had begun: cockpit jobs "
                "retry 41 starts it again." in cockpit.screen_text)


async def _let_queue_be(cockpit, entries) -> None:
    board = cockpit.engine.scene.queue
    cockpit.engine.scene.queue = replace(board, state=replace(board.state, entries=entries))
    cockpit.app.bridge.reload()
    await cockpit.settle()


async def test_u_is_the_last_thing_done_and_never_reaches_past_what_cannot_be_taken_back(
        open_cockpit) -> None:
    async with open_cockpit(queued()) as cockpit:
        await cockpit.press("g", "q", "j", "j", "p", "exclamation_mark", "g", "g", "D", "y")
        sent = list(cockpit.engine.sent)
        await cockpit.press("u")
        assert "This cannot be taken back: #41 is out of the queue." in cockpit.screen_text
        await cockpit.press("u")
        assert "This cannot be taken back: #43 starts" in cockpit.screen_text
        # It was started since: to let it go on once more would start it again.
        await _let_queue_be(cockpit, tuple(
            replace(entry, begun_at=entry.begun_at) for entry in ENTRIES[1:]))
        await cockpit.press("u")
        assert "Not taken back: #43 is paused. #43 was changed since." in cockpit.screen_text
        await cockpit.press("u")
        assert "nothing to take back" in cockpit.screen_text
        assert cockpit.engine.sent == sent


async def test_what_was_done_to_a_job_that_left_is_not_taken_back_on_another(open_cockpit) -> None:
    async with open_cockpit(queued()) as cockpit:
        await cockpit.press("g", "q", "j", "J")
        sent = list(cockpit.engine.sent)
        await _let_queue_be(cockpit, (ENTRIES[0], *ENTRIES[2:]))
        await cockpit.press("u")
        assert "#42 is not in the queue any more." in cockpit.screen_text
        assert cockpit.engine.sent == sent


async def test_a_key_for_a_job_that_left_the_queue_does_nothing_to_the_one_in_its_place(
        open_cockpit) -> None:
    async with open_cockpit(queued()) as cockpit:
        await cockpit.press("g", "q", "j", "exclamation_mark")
        begun = replace(ENTRIES[1], begun_at=scenes.NOW)
        await _let_queue_be(cockpit, (begun, ENTRIES[0], *ENTRIES[2:]))
        screen = cockpit.app.screen
        assert isinstance(screen, QueueScreen)
        assert screen.entry == begun, "the cursor went with it to the first row"
        await _let_queue_be(cockpit, (ENTRIES[0], *ENTRIES[2:]))
        cockpit.wait(10)
        await cockpit.press("D")
        assert "Take #" not in cockpit.screen_text
        assert ("#42 is not in the queue any more; this is #41. Press again if you mean it."
                in cockpit.screen_text)
        await cockpit.press("D", "y")
        assert cockpit.engine.sent[1:] == [CancelJob(job_id=ENTRIES[0].job_id, reason=OUT)]
        await _let_queue_be(cockpit, ENTRIES[2:])
        cockpit.wait(10)
        await cockpit.press("D")
        assert "Take #43 out of the queue?" in cockpit.screen_text, "the person made it leave"


async def test_a_priority_is_typed_and_a_wrong_one_refused(open_cockpit) -> None:
    async with open_cockpit(queued()) as cockpit:
        await cockpit.press("g", "q", "j", "e", "backspace", *"many", "enter")
        assert "A priority is a whole number." in cockpit.screen_text
        await cockpit.press(*["backspace"] * 4, *"5000", "enter")
        assert "between -1000 and 1000" in cockpit.screen_text
        await cockpit.press(*["backspace"] * 3, "enter")
        assert cockpit.engine.sent == [MoveJob(job_id=ENTRIES[1].job_id, to=Move(priority=5))]


async def test_schedules_and_the_night_before_are_read_there(open_cockpit) -> None:
    async with open_cockpit(queued()) as cockpit:
        await cockpit.press("g", "q", "G")
        screen = cockpit.app.screen
        assert isinstance(screen, QueueScreen)
        assert "1 done, 1 failed or cancelled, 1 waiting for you. Cost: $4.12" in screen.detail.text
        assert "cockpit jobs retry 39" in cockpit.screen_text
        await cockpit.press("J")
        assert "Select a job of the queue first." in cockpit.screen_text
        await cockpit.press("k")
        assert "There is no repository at /home/ada/src/old any more." in screen.detail.text
        await cockpit.press("k", "p", "k", "p")
        assert [type(sent).__name__ for sent in cockpit.engine.sent] == [
            "ResumeSchedule", "PauseSchedule"]
        assert cockpit.engine.sent[1] == PauseSchedule(number=SCHEDULES[0].number)


async def test_enter_opens_the_job_and_what_blocks_it_is_told(open_cockpit) -> None:
    async with open_cockpit(queued()) as cockpit:
        await cockpit.press("g", "q", "j")
        assert "2.1 wants src/auth/**, which #41 2.2 holds" in cockpit.screen_text
        await cockpit.press("enter")
        assert isinstance(cockpit.app.screen, HomeScreen)
        assert cockpit.app.home.state.job_id == ENTRIES[1].job_id


async def test_a_queue_without_jobs_says_how_one_gets_there(open_cockpit) -> None:
    async with open_cockpit(scenes.empty()) as cockpit:
        await cockpit.press("g", "q")
        assert "Nothing is in the queue." in cockpit.screen_text
        await cockpit.press("D")
        assert "Select a job or a schedule first." in cockpit.screen_text
        assert cockpit.app.bridge.snapshot.queue is not None
        await cockpit.press("escape")
        cockpit.app.bridge.reload()
        await cockpit.settle()
        assert cockpit.app.bridge.snapshot.queue is None, "read only while it is shown"


async def test_the_shown_row_stays_while_the_queue_changes(open_cockpit) -> None:
    async with open_cockpit(queued()) as cockpit:
        await cockpit.press("g", "q", "j", "j")
        screen = cockpit.app.screen
        assert isinstance(screen, QueueScreen)
        board = cockpit.engine.scene.queue
        state = replace(board.state, entries=board.state.entries[2:])
        cockpit.engine.scene.queue = replace(board, state=state)
        cockpit.app.bridge.reload()
        await cockpit.settle()
        assert screen.entry == ENTRIES[2]


async def test_a_job_in_the_place_of_one_that_left_is_not_started_by_a_key_on_its_way(
        open_cockpit) -> None:
    async with open_cockpit(queued()) as cockpit:
        await cockpit.press("g", "q", "j")
        cockpit.wait(10)
        board = cockpit.engine.scene.queue
        entries = tuple(entry for entry in board.state.entries if entry != ENTRIES[1])
        cockpit.engine.scene.queue = replace(board, state=replace(board.state, entries=entries))
        cockpit.app.bridge.reload()
        await cockpit.settle()
        await cockpit.press_at_once("exclamation_mark")
        assert cockpit.engine.sent == []
        assert "That key came too soon" in cockpit.screen_text
        await cockpit.press("exclamation_mark")
        assert cockpit.engine.sent == [ResumeQueue(job_id=ENTRIES[2].job_id)]


async def test_release_says_what_follows_and_asks(open_cockpit) -> None:
    async with open_cockpit(locked()) as cockpit:
        await cockpit.press("g", "l")
        assert "#42 2.1 POST /teams/:id/invites" in cockpit.screen_text
        await cockpit.press("j", "X")
        assert "This is only waited for" in cockpit.screen_text
        await cockpit.press("k", "X")
        assert "Take lock 7 away from #41 2.2?" in cockpit.screen_text
        assert "#42 2.1 gets it at once." in release_words(cockpit.engine.scene.locks, LOCKS[0])
        await cockpit.press("enter")
        assert cockpit.engine.sent == []
        await cockpit.press("X", "y")
        assert cockpit.engine.sent == [ReleaseLock(lock_id=LOCKS[0].id)]


async def test_enter_goes_to_the_holders_task(open_cockpit) -> None:
    async with open_cockpit(locked()) as cockpit:
        await cockpit.press("g", "l", "j")
        assert "#42 2.1 waits for #41 2.2 a2, free ~12:54." in cockpit.screen_text
        await cockpit.press("enter")
        assert isinstance(cockpit.app.screen, HomeScreen)
        assert cockpit.app.home.state.row == "task:T22"
        cockpit.engine.scene.locks = LockBoard()
        await cockpit.press("g", "l")
        assert isinstance(cockpit.app.screen, LocksScreen)
        assert "Nothing is locked." in cockpit.screen_text


async def test_a_small_screen_shows_the_night_in_place_of_the_queue(open_cockpit) -> None:
    async with open_cockpit(queued(), size=(60, 16)) as cockpit:
        await cockpit.press("g", "q", "G", "enter")
        assert "#38 Rate limits" in cockpit.screen_text
        await cockpit.press("escape")
        assert "#47 Security pass" in cockpit.screen_text


HOSTILE = "[/bold] \x1b[31mrot\x1b[0m \u202e日本語の長い題名 " + "very long words " * 12


async def test_hostile_and_long_texts_stay_harmless_at_any_size(open_cockpit) -> None:
    for size in ((60, 16), (120, 36)):
        scene = locked()
        board = scene.queue
        scene.queue = replace(
            board, state=replace(board.state, entries=tuple(
                replace(entry, title=HOSTILE, reason=HOSTILE) for entry in board.state.entries)),
            refused=tuple(replace(one, why=HOSTILE, sender=HOSTILE) for one in board.refused))
        scene.locks = replace(scene.locks, locks=tuple(
            replace(lock, title=HOSTILE, claim=replace(lock.claim, paths=(HOSTILE,)))
            for lock in scene.locks.locks))
        async with open_cockpit(scene, size=size) as cockpit:
            for keys in (("g", "q", "j"), ("G", "k"), ("g", "l"), ("j",)):
                await cockpit.press(*keys)
                assert "\x1b" not in cockpit.screen_text
                assert "\u202e" not in cockpit.screen_text
                assert "12:48" in cockpit.screen_text.splitlines()[0]
