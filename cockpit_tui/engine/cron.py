"""Times of a cron expression (crontab(5): minute hour day month weekday), in the person's time."""

from __future__ import annotations

from datetime import UTC, datetime

from cockpit_tui.domain.errors import UsageError

MOST_COUNTED = 1_000
"""More missed times than this are not counted one by one."""


def check_cron(expression: str) -> str:
    """The expression with single spaces. Raises UsageError."""
    from croniter import CroniterError

    clean = " ".join(expression.split())
    if len(clean.split()) != 5 and not clean.startswith("@"):
        raise UsageError(f"A schedule has five parts (minute hour day month weekday), not "
                         f"{expression!r}.", hint='Every night at two: --cron "0 2 * * *"')
    try:
        next_time(clean, datetime.now(UTC))
    except (CroniterError, ValueError, KeyError) as error:
        raise UsageError(f"{expression!r} is no cron expression: {error}",
                         hint='Every night at two: --cron "0 2 * * *"') from error
    return clean


def next_time(expression: str, after: datetime) -> datetime:
    """The first time later than `after`, in UTC.

    The clock on the wall counts: croniter works on local time without a zone, so that `0 2 * * *`
    stays at two o'clock when the zone's offset changes.
    """
    from croniter import croniter  # only where there are schedules: not in the way of a start

    times = croniter(expression, after.astimezone().replace(tzinfo=None))
    while True:
        found = times.get_next(datetime).astimezone(UTC)
        if found > after:  # an hour that comes twice can lead back
            return found


def times_missed(expression: str, first: datetime, now: datetime) -> int:
    """How many times came after `first` up to `now`, at most MOST_COUNTED."""
    count, at = 0, first
    while count < MOST_COUNTED and (at := next_time(expression, at)) <= now:
        count += 1
    return count
