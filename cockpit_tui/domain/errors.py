"""Every error a person can meet, and the exit code that each family ends a command with.

    CockpitError                      1   something failed
    ├── UsageError                    2   the request itself is wrong
    ├── BudgetReached                 4   the money or the limit is used up
    ├── SpendingRefused               4   somebody said no to what a call, or a task, costs
    ├── ProviderError                 5   no usable model, or the provider failed
    │   ├── MalformedReply                the model answered, but not in the form asked for
    │   ├── ProviderUnavailable           it may work later: overloaded, unreachable, silent, 5xx
    │   │   ├── RateLimited                   it says how long to wait
    │   │   └── ProviderSilent                it says nothing for minutes
    │   ├── CredentialsRefused            no key, or one that is refused (401, 403)
    │   ├── CreditExhausted               the account has nothing left (402)
    │   ├── ModelUnknown                  the provider has no such model (404)
    │   ├── RequestRefused                the provider calls the request wrong (400, 413, 422)
    │   ├── ContextOverflow               the conversation is longer than the model's window
    │   └── ModelRefused                  the model does not want to
    ├── RepositoryError               6   the repository cannot be used
    │   ├── NotARepository
    │   └── NotTrusted
    ├── VerificationFailed            7   acceptance commands failed
    ├── StorageError                  1   the ledger cannot be read or written
    │   ├── LedgerBusy                    another cockpit holds it
    │   ├── LedgerCorrupt
    │   ├── LedgerReadOnly
    │   ├── LedgerTooNew
    │   └── DiskFull
    ├── GitError                      1   a git command failed where it should not
    │   ├── MergeConflict                 two changes do not go together
    │   └── RefMoved                      a branch is not where it was read (compare-and-swap)
    ├── ToolError                     1   a tool call was refused or failed; text goes to the model
    │   └── PathRefused                   the path leaves the worktree or passes a link
    ├── LeftForLater                  1   no engine took the new job in yet; the next one does
    ├── IllegalTransition             1   a status change that the tables do not know
    ├── JobCancelled                130   the person stopped it
    │   └── JobRejected               1   the person said no
    └── JobParked                     3   it waits for an answer and can be resumed
        ├── WaitsForTime                  it goes on by itself where the queue runs
        │   ├── WaitsForReset                 every model asked is at its limit until a known time
        │   └── WaitsForRoom                  the disk has less room than jobs need
        ├── NeedsPerson                   something in the person's repository stands in the way
        └── Paused                        the person holds it up
            └── EngineStops                   the engine ends after the steps under way

A message says what happened and why; `hint` says what to do next. Both are shown to a person.
"""

from __future__ import annotations

from typing import Literal

from cockpit_tui.domain.usage import FailedCall, Unfinished


class CockpitError(Exception):
    """The root: a failure with a message for people, and optionally the next thing to do."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(CockpitError):
    exit_code = 2


class BudgetReached(CockpitError):
    """A call was not made, because with it the `scope` could have passed its budget."""

    exit_code = 4

    def __init__(self, message: str, *, hint: str = "",
                 scope: Literal["job", "task", "day"] = "job", budget_microusd: int = 0,
                 spent_microusd: int = 0, call_microusd: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.scope: Literal["job", "task", "day"] = scope
        self.budget_microusd = budget_microusd
        self.spent_microusd = spent_microusd
        self.call_microusd = call_microusd
        """The most that the call could have cost; None: its price is unknown."""


class SpendingRefused(CockpitError):
    """The answer to what a call or a task costs was no, and there is no cheaper way."""

    exit_code = 4


class ProviderError(CockpitError):
    exit_code = 5
    unfinished: Unfinished | None = None
    """What had come of the answer when it broke off; None where nothing of it was made."""
    billed: FailedCall | None = None
    """The bill of that, once somebody has read the prices."""


class MalformedReply(ProviderError):
    """The model's answer does not fit what was asked for."""


class ProviderUnavailable(ProviderError):
    """Nothing is wrong with the request; asking again later may work."""

    def __init__(self, message: str, *, hint: str = "",
                 retry_after_seconds: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_seconds = retry_after_seconds
        """What the provider asked us to wait; None where it said nothing."""


class RateLimited(ProviderUnavailable):
    """Too many requests or tokens (429)."""


class ProviderSilent(ProviderUnavailable):
    """The model brought nothing for so long that it was broken off."""

    def __init__(self, message: str, *, hint: str = "", retry_after_seconds: float | None = None,
                 seconds: float = 0.0) -> None:
        super().__init__(message, hint=hint, retry_after_seconds=retry_after_seconds)
        self.seconds = seconds
        """How long it was waited for."""


class CredentialsRefused(ProviderError):
    """There is no key, or the provider refuses it."""


class CreditExhausted(ProviderError):
    """The account has no credit left."""


class ModelUnknown(ProviderError):
    """The provider has no model of this name."""


class RequestRefused(ProviderError):
    """The provider calls the request itself wrong: sending it again changes nothing."""


class ContextOverflow(ProviderError):
    """The conversation does not fit into the model's window."""


class ModelRefused(ProviderError):
    """The model answered that it will not do this."""


class RepositoryError(CockpitError):
    exit_code = 6


class NotARepository(RepositoryError):
    """The path holds no git repository."""


class NotTrusted(RepositoryError):
    """Running this would execute the repository's own code, which nobody has allowed yet."""


class VerificationFailed(CockpitError):
    exit_code = 7


class StorageError(CockpitError):
    """The ledger cannot be read or written."""


class LedgerBusy(StorageError):
    """Another process holds the engine lock or the database."""


class LedgerCorrupt(StorageError):
    """The file is not a healthy SQLite database."""


class LedgerReadOnly(StorageError):
    """The file or its directory may not be written."""


class LedgerTooNew(StorageError):
    """A newer cockpit wrote it."""


class DiskFull(StorageError):
    """The disk has no room; nothing was half written."""


class GitError(CockpitError):
    """A git command failed where it should not have."""


class MergeConflict(GitError):
    """Two changes do not go together; `paths` names the files."""

    def __init__(self, message: str, *, paths: tuple[str, ...], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.paths = paths


class RefMoved(GitError):
    """A ref is not where it was when it was read, so nothing was written."""


class ToolError(CockpitError):
    """A tool call that was refused or failed; the message is what the model reads."""


class PathRefused(ToolError):
    """The path leaves the worktree, passes a link, or names git's own files."""


class LeftForLater(CockpitError):
    """Nobody took the new job in yet; whoever holds the ledger next does."""


class IllegalTransition(CockpitError):
    """A status change that the transition table does not know: a bug, never the person's doing."""


class JobCancelled(CockpitError):
    exit_code = 130


class JobRejected(JobCancelled):
    """The person said no: to the plan, or to what was made of it."""

    exit_code = 1


class JobParked(CockpitError):
    exit_code = 3


class WaitsForTime(JobParked):
    """Nobody is needed: the queue goes on with it after a while."""

    def __init__(self, message: str, *, hint: str = "", retry_after_seconds: float) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_seconds = retry_after_seconds


class WaitsForReset(WaitsForTime):
    """Every model that was asked is at its limit, and the provider said until when."""


class WaitsForRoom(WaitsForTime):
    """The disk has less room than jobs may leave free, or the cockpit holds more than it may."""


class NeedsPerson(JobParked):
    """Only the person can clear this up: their branch moved, their repository is read-only."""


class Paused(JobParked):
    """The person holds the job, or a task of it, up; it goes on when they say so."""


class EngineStops(Paused):
    """The engine ends once the steps under way are over; the next one goes on from there."""
