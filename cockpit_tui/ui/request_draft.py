"""The request form's values as text, kept while it is not sent; and their reading as a request."""

from __future__ import annotations

from dataclasses import dataclass

from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.job import JobRequest, Mode
from cockpit_tui.domain.policy import ApproveMode, Gate, Limits, Policy, Verdict
from cockpit_tui.domain.usage import MICROUSD_PER_USD

APPROVALS = {"plan": Gate.PLAN, "each diff": Gate.PHASE, "commands": Gate.COMMAND}


@dataclass(slots=True)
class RequestDraft:
    text: str = ""
    mode: str = Mode.BALANCED.value
    approvals: frozenset[str] = frozenset(APPROVALS)
    model: str = "offline:rules"
    agents: str = "4"
    budget: str = "10.00"
    minutes: str = "30"

    def to_request(self) -> JobRequest:
        """Raises UsageError, naming the field, for what cannot be read."""
        verdicts = {gate: Verdict.ALLOW for name, gate in APPROVALS.items()
                    if name not in self.approvals}
        budget = _number(self.budget, "Budget") if self.budget.strip() else None
        return JobRequest(
            text=self.text, mode=Mode(self.mode), model=self.model.strip(),
            max_agents=int(_number(self.agents, "Agents")),
            policy=Policy(approve=ApproveMode.MANUAL, verdicts=verdicts),
            limits=Limits(minutes_per_execution=_number(self.minutes, "Minutes"),
                          budget_microusd=None if budget is None
                          else round(budget * MICROUSD_PER_USD)))


def _number(text: str, field: str) -> float:
    try:
        number = float(text.strip().lstrip("$").replace(",", ""))
    except ValueError:
        number = -1.0
    if not 0 < number < 1_000_000:
        raise UsageError(f"{field} takes a number above 0, not {text!r}.",
                         hint=f"Change the field {field.lower()}.")
    return number
