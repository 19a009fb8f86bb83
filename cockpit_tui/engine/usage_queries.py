"""What faces read about money: reports and the day so far, in the person's own days."""

from __future__ import annotations

import sqlite3
from datetime import datetime, time, timedelta

from cockpit_tui.domain.spending import DaySpending, PriceOf, UsageBy, UsageReport
from cockpit_tui.storage import usage
from cockpit_tui.storage.database import Database


async def report(database: Database, now: datetime, by: UsageBy, days: int | None,
                 price_of: PriceOf | None) -> UsageReport:
    """The last `days`, today included; None: everything."""
    from cockpit_tui.tools.edits import EDIT_TOOL_NAMES  # a screen that looks needs no tools

    since = None if days is None else day_begin(now, days_ago=days - 1)

    def read(conn: sqlite3.Connection) -> UsageReport:
        return UsageReport(
            lines=usage.lines(conn, by, since), total=usage.total(conn, since),
            edits=usage.edit_scores(conn, EDIT_TOOL_NAMES, since),
            savings=None if price_of is None else usage.savings(conn, price_of, since))

    return await database.read(read)


async def today(database: Database, now: datetime) -> DaySpending:
    return await database.read(lambda conn: usage.day(conn, day_begin(now)))


def day_begin(now: datetime, *, days_ago: int = 0) -> datetime:
    """The person's midnight, with their zone."""
    day = now.astimezone().date() - timedelta(days=days_ago)
    return datetime.combine(day, time()).astimezone()
