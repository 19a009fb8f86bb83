"""The question about a plan: what it does, what it will run, and what it will cost about."""

from __future__ import annotations

from cockpit_tui.domain.approval import Question
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.plan import Plan
from cockpit_tui.domain.policy import Gate, Risk, Verdict
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.domain.usage import estimate_words, exact_microusd


def plan_question(plan: Plan, request: JobRequest, *, is_trusted: bool,
                  is_contained: bool) -> Question:
    """`is_trusted`: the repository's own code may run already; `is_contained`: in a sandbox."""
    commands = plan.commands()
    reasons, risk = ["nothing runs before the plan is approved"], Risk.LOW
    if commands and not is_trusted:
        risk = Risk.HIGH
        reasons.append("approving trusts this repository: the commands run its own code")
    if commands and not is_contained:
        allowed = request.policy.verdicts.get(Gate.COMMAND) is Verdict.ALLOW
        risk = Risk.MED if allowed and risk is Risk.LOW else Risk.HIGH
        reasons.append("no sandbox here: the commands run with your rights")
    cost, budget = plan.estimate().cost_microusd, request.limits.budget_microusd
    if cost is not None and budget is not None and cost > budget:
        reasons.append(f"about {exact_microusd(cost)} is more than the job's budget of "
                       f"{exact_microusd(budget)}: it will stop and ask on the way")
    tasks = len(list(plan.tasks()))
    phases = len(plan.phases)
    detail = [plan.summary, *plan.notes, *_estimate_lines(plan, budget)]
    if commands:
        # One line each: a line break in a command must not look like the end of the list.
        detail += ["Commands that will run:", *(f"  {sanitize_line(c)}" for c in commands)]
    return Question(
        gate=Gate.PLAN, risk=risk, reasons=tuple(reasons), detail="\n".join(detail),
        title=f"Plan: {tasks} task{'s' * (tasks != 1)} in {phases} phase{'s' * (phases != 1)}",
        action={"plan": plan.id, "revision": plan.revision, "commands": list(commands)})


def _estimate_lines(plan: Plan, budget: int | None) -> list[str]:
    """In all, against the budget; then task by task."""
    whole = plan.estimate()
    against = "no budget" if budget is None else f"a budget of {exact_microusd(budget)}"
    words = estimate_words(whole.minutes, whole.tokens, whole.cost_microusd)
    return [f"Estimate: {words}, with {against}.", *(
        f"  {plan.number(task.id)} {sanitize_line(task.title)}: "
        + estimate_words(task.estimate.minutes, task.estimate.tokens, task.estimate.cost_microusd)
        for task in plan.tasks())]
