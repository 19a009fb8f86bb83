"""Budgets that hold before the money is spent: job, task and day, over every agent at once.

What is spent is kept in memory, read from the ledger once a job and a day, and grows with every
`usage:recorded` that is committed (see `BudgetDesk.committed`), which comes before the call that
caused it gives back what it held. So nothing is counted twice for longer than a moment, and never
not at all. Checking and holding happen without an `await` between them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time

from cockpit_tui.domain.errors import BudgetReached, StorageError
from cockpit_tui.domain.event import (
    BudgetExceeded,
    BudgetWarned,
    Event,
    PlanApproved,
    RecordedEvent,
    UsageRecorded,
)
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.job import Job
from cockpit_tui.engine.budget_account import Account, Holding, JobBook, refusal
from cockpit_tui.storage import spending
from cockpit_tui.storage.database import Database


@dataclass(slots=True)
class BudgetDesk:
    """One per engine. `committed` must see every committed event, before its writer goes on."""

    database: Database
    clock: Callable[[], datetime]
    day_budget_microusd: int | None = None
    """What all jobs may spend in one of the person's days; None: no bound. May be changed at any
    time; it holds from the next `purse` on."""
    _books: dict[JobId, JobBook] = field(default_factory=dict)
    _day: Account | None = None
    _day_seq: int = 0
    _date: date | None = None
    _loading: asyncio.Lock = field(default_factory=asyncio.Lock)
    _since_loading: list[RecordedEvent] = field(default_factory=list)
    """What was committed while something is being loaded."""
    _holdings: set[Holding] = field(default_factory=set)
    _waiting: set[object] = field(default_factory=set)
    """Who waits until somebody else gives back."""
    _given_back: asyncio.Event = field(default_factory=asyncio.Event)

    def purse(self, job: Job) -> JobPurse:
        """The budgets of `job`, from now on those that it has here, with the day's."""
        book = self._books.get(job.id)
        if book is not None:
            book.job.budget = job.request.limits.budget_microusd
        if self._day is not None:
            self._day.budget = self.day_budget_microusd
        return JobPurse(desk=self, job_id=job.id)

    def forget(self, job_id: JobId) -> None:
        """A job that has no run: what it spent is read again, should it get one."""
        self._books.pop(job_id, None)

    def committed(self, batch: Iterable[RecordedEvent]) -> None:
        """Count what committed events say was spent. In the event loop, before anyone else."""
        for recorded in batch:
            book = self._books.get(recorded.job_id) if recorded.job_id else None
            if isinstance(recorded.payload, UsageRecorded):
                if self._loading.locked():
                    self._since_loading.append(recorded)
                if book is not None:
                    book.count(recorded, recorded.payload)
                self._count_in_day(recorded, recorded.payload)
            elif isinstance(recorded.payload, PlanApproved) and book is not None:
                book.bounded.clear()

    @asynccontextmanager
    async def hold(self, job_id: JobId, task_id: TaskId | None, amount: int | None,
                   told: set[object]) -> AsyncIterator[None]:
        """See `Purse.reserve`. `told` remembers which refusals were recorded already."""
        if amount is not None and amount <= 0:
            yield
            return
        accounts = await self._accounts(job_id, task_id)
        owner = asyncio.current_task()
        while (full := _first_full(accounts, amount)) is not None:
            if self._may_clear(full, amount, owner):
                await self._until_given_back(owner)
                accounts = await self._accounts(job_id, task_id)
            else:
                accounts = await self._accounts(job_id, task_id, afresh=True)
                if (full := _first_full(accounts, amount)) is not None \
                        and not self._may_clear(full, amount, owner):
                    await self._refuse(full, amount, job_id, task_id, told)
        holding = Holding(owner, amount or 0, accounts)
        self._holdings.add(holding)
        for account in accounts:
            account.held += holding.amount
        try:
            await self._warn(accounts, job_id, task_id)
            yield
        except asyncio.CancelledError:
            # A bill may stand in the writer's queue: once this comes back, it is counted.
            with suppress(StorageError):
                await asyncio.shield(self.database.write(lambda tx: None))
            raise
        finally:
            self._give_back(holding)

    # -- waiting for what others hold -----------------------------------------------------------

    def _may_clear(self, full: Account, amount: int | None, owner: object) -> bool:
        """Whether it fits once others, who are at work, have given back what they hold."""
        if amount is None or full.budget is None or full.spent + amount > full.budget:
            return False
        return any(full in h.accounts and h.owner is not owner and h.owner not in self._waiting
                   for h in self._holdings)

    async def _until_given_back(self, owner: object) -> None:
        self._waiting.add(owner)
        try:
            await self._given_back.wait()
        finally:
            self._waiting.discard(owner)

    def _give_back(self, holding: Holding) -> None:
        self._holdings.discard(holding)
        for account in holding.accounts:
            account.held -= holding.amount
        self._given_back.set()
        self._given_back = asyncio.Event()

    # -- telling --------------------------------------------------------------------------------

    async def _warn(self, accounts: tuple[Account, ...], job_id: JobId,
                    task_id: TaskId | None) -> None:
        due = [account for account in accounts if account.begins_to_run_out()]
        if due:
            await self._record([Event(job_id=job_id, task_id=task_id, payload=BudgetWarned(
                scope=account.scope, spent_microusd=account.spent, held_microusd=account.held,
                budget_microusd=account.budget or 0)) for account in due])

    async def _refuse(self, full: Account, amount: int | None, job_id: JobId,
                      task_id: TaskId | None, told: set[object]) -> None:
        """Raises BudgetReached; a run's first refusal by a budget is an event."""
        key = (full.scope, task_id if full.scope == "task" else None, full.budget)
        if key not in told:
            told.add(key)
            await self._record([Event(job_id=job_id, task_id=task_id, payload=BudgetExceeded(
                spent_microusd=full.spent, budget_microusd=full.budget or 0,
                scope=full.scope))])
        message, hint = refusal(full, amount, self._books[job_id].number)
        raise BudgetReached(message, hint=hint, scope=full.scope, call_microusd=amount,
                            budget_microusd=full.budget or 0, spent_microusd=full.spent)

    async def _record(self, facts: list[Event]) -> None:
        await self.database.write(lambda tx: [tx.emit(fact) for fact in facts] and None)

    # -- reading --------------------------------------------------------------------------------

    async def _accounts(self, job_id: JobId, task_id: TaskId | None, *,
                        afresh: bool = False) -> tuple[Account, ...]:
        """Those that a call counts in. `afresh`: with budgets as the ledger has them now."""
        today = self.clock().astimezone().date()
        if afresh or self._lacks(job_id, task_id, today):
            async with self._loading:
                if afresh or self._lacks(job_id, task_id, today):
                    self._since_loading.clear()
                    book = self._books.get(job_id) or await self._load_job(job_id)
                    await self._load_budgets(job_id, task_id, book)
                    await self._load_day(today)
        book = self._books[job_id]
        assert self._day is not None
        task = () if task_id is None else (book.tasks[task_id],)
        return (book.job, *task, self._day)

    def _lacks(self, job_id: JobId, task_id: TaskId | None, today: date) -> bool:
        book = self._books.get(job_id)
        return (book is None or today != self._date
                or (task_id is not None and task_id not in book.bounded))

    async def _load_job(self, job_id: JobId) -> JobBook:
        found, warned = await self.database.read(
            lambda conn: (spending.of_job(conn, job_id), spending.warnings(conn, job_id=job_id)))
        book = JobBook(number=found.number, seq=found.seq, job=Account(
            "job", found.budget, found.spent, warned={w[3] for w in warned if w[0] == "job"}))
        warned_tasks = {TaskId(w[2]) for w in warned if w[0] == "task" and w[2]}
        for task_id in {*found.tasks, *warned_tasks}:
            book.tasks[task_id] = Account("task", None, found.tasks.get(task_id, 0), warned={
                w[3] for w in warned if w[0] == "task" and w[2] == task_id})
        self._books[job_id] = book
        for bill in self._since_loading:
            if bill.job_id == job_id and isinstance(bill.payload, UsageRecorded):
                book.count(bill, bill.payload)
        return book

    async def _load_budgets(self, job_id: JobId, task_id: TaskId | None, book: JobBook) -> None:
        (_, budget), task_budget = await self.database.read(lambda conn: (
            spending.budget_of_job(conn, job_id),
            None if task_id is None else spending.budget_of_task(conn, task_id)))
        book.job.budget = budget
        if task_id is not None:
            book.tasks.setdefault(task_id, Account("task", None)).budget = task_budget
            book.bounded.add(task_id)

    async def _load_day(self, today: date) -> None:
        if self._day is not None and today == self._date:
            self._day.budget = self.day_budget_microusd
            return
        begin = datetime.combine(today, time()).astimezone()
        found, warned = await self.database.read(lambda conn: (
            spending.since(conn, begin), spending.warnings(conn, day_from=begin)))
        before, self._date, self._day_seq = self._day, today, found.seq
        self._day = Account("day", self.day_budget_microusd, found.spent,
                            warned={w[3] for w in warned})
        for bill in self._since_loading:
            if isinstance(bill.payload, UsageRecorded):
                self._count_in_day(bill, bill.payload)
        for holding in self._holdings:  # what is at work at midnight is billed to the new day
            if before is not None and before in holding.accounts:
                holding.move(before, self._day)

    def _count_in_day(self, bill: RecordedEvent, usage: UsageRecorded) -> None:
        if self._day is not None and bill.seq > self._day_seq \
                and bill.at.astimezone().date() == self._date:
            self._day.spent += usage.cost_microusd or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPurse:
    """`domain.budget.Purse` of one run of a job.

    Where the money would be enough if others had given back what they hold, it waits for them.
    """

    desk: BudgetDesk
    job_id: JobId
    _told: set[object] = field(default_factory=set)

    def reserve(self, amount_microusd: int | None, *,
                task_id: TaskId | None) -> AbstractAsyncContextManager[None]:
        return self.desk.hold(self.job_id, task_id, amount_microusd, self._told)


def _first_full(accounts: tuple[Account, ...], amount: int | None) -> Account | None:
    return next((account for account in accounts if not account.has_room_for(amount)), None)
