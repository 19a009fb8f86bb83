"""The request form's values as text, kept while it is not sent; and their reading as a request."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.job import JobRequest, Mode
from cockpit_tui.domain.policy import ApproveMode, Gate, Policy, Verdict
from cockpit_tui.domain.usage import MICROUSD_PER_USD
from cockpit_tui.ui.start_time import Start

APPROVALS = {"plan": Gate.PLAN, "each diff": Gate.PHASE, "commands": Gate.COMMAND}


@dataclass(slots=True)
class RequestDraft:
    """`defaults` is what the person configured; the form changes what it has fields for."""

    defaults: JobRequest
    text: str
    mode: str
    approvals: frozenset[str]
    model: str
    agents: str
    budget: str
    minutes: str
    start: Start = Start.NOW
    when: str = ""
    """What the start needs: a time, or a job."""

    @classmethod
    def from_defaults(cls, defaults: JobRequest) -> RequestDraft:
        """An empty form. Its gates are asked unless the person's settings allow or deny them."""
        limits, verdicts = defaults.limits, defaults.policy.verdicts
        budget = limits.budget_microusd
        return cls(
            defaults=defaults, text="", mode=defaults.mode.value, model=defaults.model,
            approvals=frozenset(name for name, gate in APPROVALS.items()
                                if verdicts.get(gate, Verdict.ASK) is Verdict.ASK),
            agents=str(defaults.max_agents),
            budget="" if budget is None else f"{budget / MICROUSD_PER_USD:.2f}",
            minutes=f"{limits.minutes_per_execution:g}")

    def to_request(self) -> JobRequest:
        """Raises UsageError, naming the field, for what cannot be read."""
        budget = microusd(self.budget, "Budget") if self.budget.strip() else None
        limits = replace(
            self.defaults.limits, minutes_per_execution=_number(self.minutes, "Minutes"),
            budget_microusd=budget)
        return replace(
            self.defaults, text=self.text, mode=Mode(self.mode), model=self.model.strip(),
            max_agents=int(_number(self.agents, "Agents")), limits=limits,
            policy=Policy(approve=ApproveMode.MANUAL, verdicts=self._verdicts()))

    def _verdicts(self) -> dict[Gate, Verdict]:
        """The configured answers under the form's: a gate that is not asked is allowed, unless it
        is denied."""
        verdicts = dict(self.defaults.policy.verdicts)
        for name, gate in APPROVALS.items():
            if name in self.approvals:
                verdicts.pop(gate, None)  # what is asked unless something else is said
            elif verdicts.get(gate) is not Verdict.DENY:
                verdicts[gate] = Verdict.ALLOW
        return verdicts


def microusd(text: str, field: str) -> int:
    """`20`, `$3.50` as micro-dollars. Raises UsageError, naming the field."""
    return round(_number(text, field) * MICROUSD_PER_USD)


def _number(text: str, field: str) -> float:
    try:
        number = float(text.strip().lstrip("$").replace(",", ""))
    except ValueError:
        number = -1.0
    if not 0 < number < 1_000_000:
        raise UsageError(f"{field} takes a number above 0, not {text!r}.",
                         hint=f"Change the field {field.lower()}.")
    return number
