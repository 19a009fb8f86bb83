"""Who decides what: gates, the policy for each, and the limits an agent works under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Gate(StrEnum):
    """A point where policy asks for a decision."""

    PLAN = "plan"
    PHASE = "phase"
    COMMAND = "command"
    NETWORK = "network"
    LAND = "land"
    PUSH = "push"
    DEPLOY = "deploy"
    EXPENSIVE = "expensive"
    BUDGET = "budget"


class Verdict(StrEnum):
    ASK = "ask"
    ALLOW = "allow"
    DENY = "deny"


class ApproveMode(StrEnum):
    """`manual` asks at every gate, `policy` follows the table, `all` allows every gate but
    `budget`."""

    MANUAL = "manual"
    POLICY = "policy"
    ALL = "all"


class Risk(StrEnum):
    LOW = "low"
    MED = "MED"
    HIGH = "HIGH"


DEFAULT_VERDICTS: Mapping[Gate, Verdict] = {
    Gate.PLAN: Verdict.ALLOW,
    Gate.PHASE: Verdict.ALLOW,
    Gate.COMMAND: Verdict.ASK,
    Gate.NETWORK: Verdict.ASK,
    Gate.LAND: Verdict.ALLOW,
    Gate.PUSH: Verdict.ASK,
    Gate.DEPLOY: Verdict.ASK,
    Gate.EXPENSIVE: Verdict.ASK,
    Gate.BUDGET: Verdict.ASK,
}
"""What `--approve policy` does where nothing else is configured: what stays in the hub or on the
cockpit's own branch is allowed, what reaches outside is asked."""

GATES_ALWAYS_ASKED_IN_MANUAL = frozenset({Gate.PLAN, Gate.PHASE, Gate.COMMAND, Gate.NETWORK,
                                          Gate.PUSH, Gate.DEPLOY, Gate.EXPENSIVE, Gate.BUDGET})
"""Landing is not asked again in `manual`: approving a phase's diff is what lands it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How one job's gates are answered. `verdicts` overrides `DEFAULT_VERDICTS` per gate."""

    approve: ApproveMode = ApproveMode.MANUAL
    verdicts: dict[Gate, Verdict] = field(default_factory=dict)

    def verdict(self, gate: Gate, *, risk: Risk = Risk.LOW) -> Verdict:
        """The answer for `gate` without a person. A configured deny wins over every mode."""
        configured = self.verdicts.get(gate)
        if configured is Verdict.DENY:
            return Verdict.DENY
        if gate is Gate.BUDGET:  # No mode speaks for the person's money, only they themselves.
            return configured or Verdict.ASK
        match self.approve:
            case ApproveMode.ALL:
                return Verdict.ALLOW
            case ApproveMode.MANUAL:
                if configured is None:
                    asked = gate in GATES_ALWAYS_ASKED_IN_MANUAL
                    return Verdict.ASK if asked else Verdict.ALLOW
                return configured
            case ApproveMode.POLICY:
                chosen = configured or DEFAULT_VERDICTS[gate]
                return Verdict.ASK if risk is Risk.HIGH and chosen is Verdict.ALLOW else chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one job, as data. Budget None: the person wants none."""

    steps_per_execution: int = 60
    minutes_per_execution: float = 30.0
    tokens_per_execution: int = 3_000_000
    verify_rounds: int = 2
    """How often a failed verification goes back to the agent before the task fails."""
    judge_rounds: int = 2
    command_seconds: float = 600.0
    silent_seconds: float = 300.0
    """A command that writes nothing for so long is told to the person."""
    budget_microusd: int | None = 10_000_000
    expensive_microusd: int | None = None
    """One call that may cost more than this is asked about; None: none is."""
