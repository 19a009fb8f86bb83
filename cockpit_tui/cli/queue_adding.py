"""From the words of a command line to a job in the queue, or a schedule that makes jobs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cockpit_tui.cli.lookup import find_job
from cockpit_tui.cli.output import print_lines
from cockpit_tui.cli.session import commanding_session
from cockpit_tui.domain.command import AddSchedule, SubmitJob
from cockpit_tui.domain.errors import LeftForLater, UsageError
from cockpit_tui.domain.ids import JobId, ScheduleId, new_ulid
from cockpit_tui.domain.job import Job, JobRequest
from cockpit_tui.domain.moment import parse_moment
from cockpit_tui.domain.queue import Placement
from cockpit_tui.domain.queue_order import local_minute
from cockpit_tui.engine.engine import Engine, utc_now

IS_TAKEN_IN = "The cockpit that works with this ledger has it, and starts it if it runs the queue."
HOW_TO_RUN = "Run the queue: cockpit queue start   (an open cockpit runs it too)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """The options of `queue add`, as typed."""

    repository: str = "."
    at: str = ""
    cron: str = ""
    after: str = ""
    priority: int = 0
    overnight: bool = False

    @property
    def asks_for_queue(self) -> bool:
        """Whether anything is asked for that only the queue can do."""
        return bool(self.at or self.cron or self.after or self.priority or self.overnight)


async def add_to_queue(request: JobRequest, add: Add) -> int:
    """Record what is asked for, and say when it will run. Raises UsageError."""
    if add.cron and (add.at or add.after):
        raise UsageError("--cron goes with neither --at nor --after.",
                         hint="One job at a time: --at; one after another job: --after.")
    not_before = parse_moment(add.at, utc_now()) if add.at else None
    placement = Placement(priority=add.priority, not_before=not_before,
                          is_overnight=add.overnight)
    async with commanding_session() as engine:
        how = IS_TAKEN_IN if engine.writes_letters else HOW_TO_RUN
        if add.cron:
            return await _schedule(engine, request, add, how)
        try:
            job = await engine.send(await _command(engine, request, add, placement))
        except LeftForLater as left:
            print_lines([left.message, "Look: cockpit queue list"])
            return 0
    assert job is not None
    print_lines([_when(job), how])
    return 0


async def _command(engine: Engine, request: JobRequest, add: Add, placement: Placement
                   ) -> SubmitJob:
    """What is asked for, with the job that it comes after. Raises UsageError, RepositoryError."""
    after = (await find_job(engine, add.after)).id if add.after else None
    repository = await engine.repository(add.repository)
    return SubmitJob(repository=repository.path, request=request,
                     placement=replace(placement, after=after), job_id=JobId(new_ulid()))


async def _schedule(engine: Engine, request: JobRequest, add: Add, how: str) -> int:
    schedule_id = ScheduleId(new_ulid())
    repository = await engine.repository(add.repository)
    await engine.send(AddSchedule(
        schedule_id=schedule_id, repository=repository.path, request=request, cron=add.cron,
        priority=add.priority, is_overnight=add.overnight))
    made = next(s for s in (await engine.queue.state()).schedules if s.id == schedule_id)
    print_lines([f"Schedule s{made.number}: {made.cron}, next at {local_minute(made.next_at)}.",
                 how])
    return 0


def _when(job: Job) -> str:
    return f"Job #{job.number} is in the queue. {job.reason or 'It starts when it is its turn.'}"
