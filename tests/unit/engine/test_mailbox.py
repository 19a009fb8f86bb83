"""The mailbox without an engine: what is taken back, what stays, and what a letter can carry."""

from __future__ import annotations

from pathlib import Path

import pytest

from cockpit_tui.domain.approval import Answer, Decision
from cockpit_tui.domain.command import (
    AddSchedule,
    AnswerApproval,
    Command,
    MoveJob,
    PauseAll,
    PauseJob,
    SubmitJob,
)
from cockpit_tui.domain.errors import LedgerBusy, LeftForLater, StorageError
from cockpit_tui.domain.ids import ApprovalId, JobId, ScheduleId, new_ulid
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.queue import Move, Placement
from cockpit_tui.engine import letters, mailbox

REQUEST = JobRequest(text="Write files", max_agents=2)


@pytest.fixture(autouse=True)
def nobody_waits_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(mailbox, "DONE_SECONDS", 0.05)


@pytest.mark.parametrize("command", [
    PauseAll(), PauseJob(job_id=JobId("J")), MoveJob(job_id=JobId("J"), to=Move(is_first=True)),
    AnswerApproval(approval_id=ApprovalId("A"), action_hash="h", answer=Answer(
        decision=Decision.RETURNED, by="person", comment="smaller", dropped_hunks=("h1",))),
    SubmitJob(repository="/r", request=REQUEST, placement=Placement(priority=3)),
    AddSchedule(schedule_id=ScheduleId("S"), repository="/r", request=REQUEST, cron="0 2 * * *")])
def test_a_letter_carries_the_whole_command(tmp_path: Path, command: Command) -> None:
    letters.open_place(tmp_path / "box")
    path = letters.post(tmp_path / "box", "LETTER0001", letters.seal(command))
    assert letters.unseal(letters.open_letter(path)) == command


async def test_what_nobody_takes_in_is_taken_back_and_a_new_job_stays(tmp_path: Path) -> None:
    place = tmp_path / "box"
    with pytest.raises(LedgerBusy, match="taken back, and nothing was changed"):
        await mailbox.ask(place, PauseJob(job_id=JobId("J")), new_ulid, "Somebody holds it.")
    assert list(place.iterdir()) == []
    with pytest.raises(LeftForLater):
        await mailbox.ask(place, SubmitJob(repository="/r", request=REQUEST), new_ulid, "")
    assert [path.suffix for path in place.iterdir()] == [".json"]


async def test_only_one_of_two_takes_a_letter(tmp_path: Path) -> None:
    letters.open_place(tmp_path)
    path = letters.post(tmp_path, "LETTER0001", letters.seal(PauseAll()))
    assert [letters.take(path), letters.take(path)] == [path.with_suffix(".taken"), None]


def test_a_link_instead_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "box").symlink_to(tmp_path / "real")
    with pytest.raises(StorageError, match="not a directory of yours alone"):
        letters.open_place(tmp_path / "box")
