"""A plan: an ordered list of phases of tasks, and the pure edits a person can make to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import EllipsisType

from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.fences import without_fences
from cockpit_tui.domain.ids import JobId, PhaseId, PlanId, TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A guess before the work. `cost_microusd` None: the price is not known."""

    minutes: float = 0.0
    tokens: int = 0
    cost_microusd: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One agent's unit of work, as planned."""

    id: TaskId
    title: str
    instructions: str
    role: str
    depends_on: tuple[TaskId, ...] = ()
    owned_paths: tuple[str, ...] = ()
    """Globs relative to the repository's root; the task may write nothing else."""
    acceptance: tuple[str, ...] = ()
    """Commands that the engine runs on the task's commit; all must exit with 0."""
    commands: tuple[str, ...] = ()
    """Further commands that the agent may run; approved together with the plan."""
    estimate: Estimate = Estimate()
    task_class: str = "standard"
    resources: tuple[str, ...] = ()
    """Names of what only one task may use at a time, like `db:test`."""
    model: str = ""
    """`provider:model` that the person chose for this task; empty: the router chooses."""
    budget_microusd: int | None = None
    """What this task may spend at most; None: only the job's budget holds."""

    @property
    def words(self) -> str:
        """The instructions for people: without the blocks that only rules read."""
        return without_fences(self.instructions, "work-order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    id: PhaseId
    title: str
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    id: PlanId
    job_id: JobId
    revision: int
    """1 for the planner's first draft; every edit and re-plan adds one."""
    summary: str
    phases: tuple[Phase, ...]
    author: str
    notes: tuple[str, ...] = ()
    """What the person should know: limits of the planner, commands that cannot run here."""

    def tasks(self) -> Iterator[Task]:
        for phase in self.phases:
            yield from phase.tasks

    def task(self, task_id: TaskId) -> Task:
        for task in self.tasks():
            if task.id == task_id:
                return task
        raise UsageError(f"The plan has no task {task_id!r}.")

    def number(self, task_id: TaskId) -> str:
        """`2.3`: third task of the second phase."""
        for i, phase in enumerate(self.phases, 1):
            for j, task in enumerate(phase.tasks, 1):
                if task.id == task_id:
                    return f"{i}.{j}"
        raise UsageError(f"The plan has no task {task_id!r}.")

    def commands(self) -> tuple[str, ...]:
        """Every command once, in order: what approving the plan allows to run."""
        return tuple(dict.fromkeys(
            command for task in self.tasks() for command in (*task.commands, *task.acceptance)))

    def estimate(self) -> Estimate:
        tasks = list(self.tasks())
        costs = [task.estimate.cost_microusd for task in tasks]
        return Estimate(
            minutes=sum(task.estimate.minutes for task in tasks),
            tokens=sum(task.estimate.tokens for task in tasks),
            cost_microusd=None if None in costs else sum(c for c in costs if c is not None),
        )


def validate_plan(plan: Plan) -> None:
    """Raise UsageError for a plan that cannot run: no tasks, unknown or cyclic dependencies."""
    tasks = list(plan.tasks())
    if not tasks:
        raise UsageError("The plan has no tasks.", hint="Send it back with a comment, or cancel.")
    known = {task.id for task in tasks}
    if len(known) != len(tasks):
        raise UsageError("Two tasks of the plan have the same id.")
    phase_of = {task.id: i for i, phase in enumerate(plan.phases) for task in phase.tasks}
    for task in tasks:
        if not task.title.strip():
            raise UsageError("A task of the plan has no title.")
        for dependency in task.depends_on:
            if dependency not in known:
                raise UsageError(f"{task.title!r} depends on a task that is not in the plan.")
            if phase_of[dependency] > phase_of[task.id]:
                raise UsageError(
                    f"{task.title!r} depends on {plan.task(dependency).title!r}, "
                    "which stands in a later phase."
                )
    _refuse_cycle(tasks)


def _refuse_cycle(tasks: Sequence[Task]) -> None:
    waiting = {task.id: set(task.depends_on) for task in tasks}
    titles = {task.id: task.title for task in tasks}
    while ready := [task_id for task_id, needs in waiting.items() if not needs]:
        for task_id in ready:
            del waiting[task_id]
        for needs in waiting.values():
            needs.difference_update(ready)
    if waiting:
        names = ", ".join(repr(titles[task_id]) for task_id in waiting)
        raise UsageError(f"These tasks wait for each other: {names}.")


def edit_task(plan: Plan, task_id: TaskId, *, title: str | None = None, role: str | None = None,
              model: str | None = None,
              budget_microusd: int | EllipsisType | None = ...) -> Plan:
    """The plan with one task changed; what is left out stays. `model` empty: the router chooses;
    `budget_microusd` None: only the job's budget holds."""
    task = plan.task(task_id)
    edited = replace(task, title=title if title is not None else task.title,
                     role=role if role is not None else task.role,
                     model=model if model is not None else task.model,
                     budget_microusd=task.budget_microusd if isinstance(
                         budget_microusd, EllipsisType) else budget_microusd)
    return _map_tasks(plan, lambda t: edited if t.id == task_id else t)


def delete_task(plan: Plan, task_id: TaskId) -> Plan:
    """The plan without the task; what depended on it now depends on what it depended on."""
    gone = plan.task(task_id)

    def rewire(task: Task) -> Task | None:
        if task.id == task_id:
            return None
        if task_id not in task.depends_on:
            return task
        inherited = [d for d in task.depends_on if d != task_id]
        inherited += [d for d in gone.depends_on if d not in inherited]
        return replace(task, depends_on=tuple(inherited))

    return _map_tasks(plan, rewire)


def move_task(plan: Plan, task_id: TaskId, offset: int) -> Plan:
    """The plan with the task moved up (-1) or down (+1) within its phase; ends do not wrap.

    Order decides who starts first among ready tasks; dependencies stay what they are.
    """
    phases = []
    for phase in plan.phases:
        tasks = list(phase.tasks)
        at = next((i for i, task in enumerate(tasks) if task.id == task_id), None)
        if at is not None:
            to = min(max(at + offset, 0), len(tasks) - 1)
            tasks.insert(to, tasks.pop(at))
        phases.append(replace(phase, tasks=tuple(tasks)))
    return replace(plan, phases=tuple(phases))


def _map_tasks(plan: Plan, change: Callable[[Task], Task | None]) -> Plan:
    phases = []
    for phase in plan.phases:
        tasks = tuple(t for t in (change(task) for task in phase.tasks) if t is not None)
        if tasks:
            phases.append(replace(phase, tasks=tasks))
    return replace(plan, phases=tuple(phases))
