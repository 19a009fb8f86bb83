"""Scenes of what the person was told, and of the hours they were away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from support import scenes
from support.scenes import NOW, Scene, new_job

from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.job import Job, JobStatus, WaitingOn
from cockpit_tui.domain.night_report import (
    DeniedQuestion,
    DoneJob,
    FailedJob,
    JobCost,
    NextJob,
    NightReport,
    OpenQuestion,
    ParkedJob,
)
from cockpit_tui.domain.notice import Channel, Delivery, Draft, Notice, NoticeKind, Told

EVENING = NOW - timedelta(hours=9, minutes=20)


def _notice(number: int, kind: NoticeKind, text: str, *deliveries: tuple[Channel, Told, str],
            minutes: int, settled_by: str = "told", is_night: bool = False,
            source: str = "", job: str = "J41") -> Notice:
    at = NOW - timedelta(minutes=minutes)
    return Notice(
        number=number, seq=number, at=at, settled_at=at if settled_by else None,
        settled_by=settled_by, draft=Draft(
            source=source or f"event:E{number}", kind=kind, subject=job, text=text,
            job_id=JobId(job), task_id=TaskId("T23"), is_night=is_night),
        deliveries=tuple(Delivery(channel=channel, result=result, detail=detail, at=at)
                         for channel, result, detail in deliveries))


_SCREEN = (Channel.SCREEN, Told.SENT, "")


def told() -> Scene:
    """A question that waits, and five notices before it: told, failed to be told, seen, muted."""
    scene = scenes.waiting_diff()
    scene.notices = [
        _notice(6, NoticeKind.QUESTION, "#41 2.3 asks: npm install passport-google", _SCREEN,
                (Channel.DESKTOP, Told.SENT, "by the terminal (OSC 9)"), minutes=1, settled_by="",
                source="approval:A2"),
        _notice(5, NoticeKind.BUDGET, "#41 has used 81% of the job's budget", _SCREEN,
                (Channel.DESKTOP, Told.SENT, "by notify-send"),
                (Channel.COMMAND, Told.SENT, "by notify-me"),
                (Channel.WEBHOOK, Told.FAILED, "it answered with 503, 3 times"), minutes=14),
        _notice(4, NoticeKind.STALLED,
                "#41 2.2 agent a3 is silent for 5 min: waits for anthropic:claude-sonnet-4-5",
                _SCREEN, minutes=38, settled_by="over"),
        _notice(3, NoticeKind.FAILED, "#40 failed: No model answered; the last one said: 529 "
                "overloaded", (Channel.WEBHOOK, Told.SENT, "answered 200"), minutes=400,
                is_night=True),
        _notice(2, NoticeKind.DONE, "#39 is done: 4 commits on cockpit/39-rate-limits",
                _SCREEN, minutes=500, settled_by="muted"),
        _notice(1, NoticeKind.NIGHT, "The night is over: 3 done, 1 failed, 1 waiting for you, "
                "$4.38. cockpit jobs report", (Channel.WEBHOOK, Told.SENT, "answered 200"),
                minutes=1_800),
    ]
    return scene


def _job(number: int, text: str, status: JobStatus, reason: str = "",
         waiting_on: WaitingOn = WaitingOn.NOTHING, cost: int = 0) -> Job:
    return replace(new_job(number, text=text), status=status, reason=reason,
                   waiting_on=waiting_on, cost_microusd=cost)


def away() -> Scene:
    """The morning after a night in which everything happened that can."""
    scene = scenes.waiting_diff()
    done = _job(38, "Answer 404 for unknown teams", JobStatus.COMPLETED, cost=1_200_000)
    failed = _job(39, "Rate limits", JobStatus.FAILED, "No model answered: 529 overloaded.",
                  cost=400_000)
    parked = _job(40, "Checkout page", JobStatus.BUILDING, "$2.00 of $2.00 are gone.",
                  WaitingOn.BUDGET, cost=2_000_000)
    scene.night = NightReport(
        since=EVENING, until=NOW, cost=JobCost(known_microusd=3_600_000),
        done=(DoneJob(job=done, commits=4, cost=JobCost(known_microusd=1_200_000)),),
        failed=(FailedJob(job=failed, cost=JobCost(known_microusd=400_000),
                          command="cockpit jobs retry 39"),),
        parked=(ParkedJob(job=parked, cost=JobCost(known_microusd=2_000_000),
                          reason=parked.reason, command="cockpit jobs resume 40 --budget DOLLARS"),
                ParkedJob(job=_job(41, "It is below, with its question", JobStatus.BUILDING,
                                   waiting_on=WaitingOn.APPROVAL), cost=JobCost(),
                          reason="", command="cockpit jobs approve 41")),
        questions=(OpenQuestion(job_number=41, title="Phase 2: land 3 tasks", risk="low",
                                command="cockpit approvals show A1",
                                asked_at=NOW - timedelta(hours=6)),),
        next=(), paused_since=None,
        denied=(DeniedQuestion(job_number=39, title="curl https://example.org"),))
    return scene


def idle_night() -> Scene:
    """Nothing happened: the only job waited for its turn."""
    scene = scenes.empty()
    scene.night = NightReport(
        since=EVENING, until=NOW, cost=JobCost(), done=(), failed=(), parked=(), questions=(),
        next=(NextJob(name="#41", title="Google login", at=None, reason=""),),
        paused_since=None)
    return scene
