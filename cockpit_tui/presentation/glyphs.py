"""Signs and words of every state, in two alphabets: Unicode and ASCII.

All Unicode signs are one cell wide and none has an emoji form; a state is never told by colour
alone, so each has a glyph, a word and a colour role.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from cockpit_tui.domain.job import JobStatus, WaitingOn
from cockpit_tui.domain.policy import Risk
from cockpit_tui.domain.task import AgentStatus, TaskStatus


class Role(StrEnum):
    """What a colour means; themes give each a colour (`$st-running` and so on)."""

    PLAIN = "plain"
    RUNNING = "running"
    ATTENTION = "attention"
    OK = "ok"
    FAILED = "failed"
    MUTED = "muted"


@dataclass(frozen=True, slots=True, kw_only=True)
class GlyphSet:
    """One alphabet. The first eleven are states, the rest is furniture."""

    name: str
    queued: str
    blocked: str
    working: str
    quiet: str
    needs_you: str
    paused: str
    snoozed: str
    done: str
    failed: str
    off: str
    warning: str
    bar_full: str
    bar_empty: str
    bar_ends: tuple[str, str]
    cursor: str
    folded: str
    unfolded: str
    gap: str
    ellipsis: str
    separator: str
    arrow: str
    newest: str
    """Behind `follow`: the view stays at the newest line."""
    box: str
    """Top left, horizontal, top right, vertical, bottom left, bottom right."""
    rule: str
    cut: tuple[str, str]
    """At the left and the right edge of a line that goes on there."""

    def bar(self, part: float, width: int) -> str:
        """`part` of 0.0 to 1.0 as a bar of exactly `width` cells, ends included."""
        left, right = self.bar_ends
        inner = max(0, width - len(left) - len(right))
        full = round(min(max(part, 0.0), 1.0) * inner)
        return left + self.bar_full * full + self.bar_empty * (inner - full) + right


UNICODE = GlyphSet(
    name="unicode", queued="○", blocked="⊘", working="●", quiet="◌", needs_you="◆", paused="‖",
    snoozed="z", done="✓", failed="✗", off="–", warning="!", bar_full="▓", bar_empty="░",
    bar_ends=("", ""), cursor="▸", folded="▸", unfolded="▾", gap="⋯", ellipsis="…",
    separator="·", arrow="→", newest="↓", box="╭─╮│╰╯", rule="│",
    cut=("‹", "›"),
)

ASCII = GlyphSet(
    name="ascii", queued="o", blocked="-", working="*", quiet="~", needs_you="!", paused="=",
    snoozed="z", done="+", failed="x", off=".", warning="!", bar_full="#", bar_empty="-",
    bar_ends=("[", "]"), cursor=">", folded=">", unfolded="v", gap="...", ellipsis="...",
    separator="-", arrow="->", newest="v", box="+-+|++", rule="|",
    cut=("<", ">"),
)


def choose_glyphs(setting: str, environ: Mapping[str, str]) -> GlyphSet:
    """The alphabet for `setting` (`auto`, `unicode`, `ascii`).

    `auto` is ASCII where the locale names another encoding than UTF-8, or on the Linux console,
    whose font lacks most of the signs. Where no locale is set at all it is Unicode: containers
    leave it empty, and their terminals read UTF-8.
    """
    if setting == "ascii":
        return ASCII
    if setting == "unicode":
        return UNICODE
    if environ.get("TERM") in {"linux", "dumb"}:
        return ASCII
    return UNICODE if _locale_is_utf8(environ) else ASCII


def _locale_is_utf8(environ: Mapping[str, str]) -> bool:
    named = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    # Python puts LC_CTYPE=C.UTF-8 into its own environment under LANG=C (PEP 538); then the
    # person's word is LANG.
    if not environ.get("LC_ALL") and named in {"C.UTF-8", "C.utf8", "UTF-8"}:
        named = environ.get("LANG") or named
    return not named or "utf8" in named.lower().replace("-", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSign:
    """How one state is shown: the sign, the word, the colour role."""

    glyph: str
    word: str
    role: Role
    is_bold: bool = False


def task_sign(status: TaskStatus, glyphs: GlyphSet) -> StateSign:
    match status:
        case TaskStatus.PENDING:
            return StateSign(glyph=glyphs.queued, word="queued", role=Role.MUTED)
        case TaskStatus.READY:
            return StateSign(glyph=glyphs.queued, word="ready", role=Role.MUTED)
        case TaskStatus.RUNNING:
            return StateSign(glyph=glyphs.working, word="working", role=Role.RUNNING)
        case TaskStatus.VERIFYING:
            return StateSign(glyph=glyphs.working, word="checking", role=Role.RUNNING)
        case TaskStatus.JUDGING:
            return StateSign(glyph=glyphs.working, word="judging", role=Role.RUNNING)
        case TaskStatus.AWAITING_APPROVAL:
            return _needs_you(glyphs)
        case TaskStatus.LANDING:
            return StateSign(glyph=glyphs.working, word="landing", role=Role.RUNNING)
        case TaskStatus.DONE:
            return StateSign(glyph=glyphs.done, word="done", role=Role.OK)
        case TaskStatus.FAILED:
            return _failed(glyphs)
        case TaskStatus.CANCELLED:
            return StateSign(glyph=glyphs.off, word="cancelled", role=Role.MUTED)
        case TaskStatus.SKIPPED:
            return StateSign(glyph=glyphs.off, word="skipped", role=Role.MUTED)
        case _:
            assert_never(status)


def paused_sign(glyphs: GlyphSet) -> StateSign:
    """Of what the person holds up, or what stands in a job that stopped."""
    return StateSign(glyph=glyphs.paused, word="paused", role=Role.MUTED)


def job_sign(status: JobStatus, waiting_on: WaitingOn, glyphs: GlyphSet) -> StateSign:
    """A running job that waits shows what it waits for; a final one shows how it ended."""
    if not status.is_final:
        waiting = _waiting_sign(waiting_on, glyphs)
        if waiting is not None:
            return waiting
    match status:
        case JobStatus.QUEUED:
            return StateSign(glyph=glyphs.queued, word="queued", role=Role.MUTED)
        case (JobStatus.REVIEWING | JobStatus.PLANNING | JobStatus.BUILDING | JobStatus.TESTING
              | JobStatus.DEPLOYING):
            return StateSign(glyph=glyphs.working, word=status.value, role=Role.RUNNING)
        case JobStatus.COMPLETED:
            return StateSign(glyph=glyphs.done, word="done", role=Role.OK)
        case JobStatus.FAILED:
            return _failed(glyphs)
        case JobStatus.CANCELLED:
            return StateSign(glyph=glyphs.off, word="cancelled", role=Role.MUTED)
        case _:
            assert_never(status)


def _waiting_sign(waiting_on: WaitingOn, glyphs: GlyphSet) -> StateSign | None:
    match waiting_on:
        case WaitingOn.NOTHING:
            return None
        case WaitingOn.APPROVAL | WaitingOn.PERSON | WaitingOn.BUDGET:
            return _needs_you(glyphs)
        case WaitingOn.PAUSED:
            return StateSign(glyph=glyphs.paused, word="paused", role=Role.MUTED)
        case WaitingOn.SCHEDULE:
            return StateSign(glyph=glyphs.snoozed, word="scheduled", role=Role.MUTED)
        case WaitingOn.RATE_LIMIT:
            return StateSign(glyph=glyphs.paused, word="rate limit", role=Role.MUTED)
        case WaitingOn.DISK:
            return StateSign(glyph=glyphs.paused, word="disk full", role=Role.ATTENTION)
        case WaitingOn.DEPENDENCY:
            return StateSign(glyph=glyphs.blocked, word="blocked", role=Role.MUTED)
        case _:
            assert_never(waiting_on)


def agent_sign(status: AgentStatus, glyphs: GlyphSet) -> StateSign:
    match status:
        case AgentStatus.IDLE:
            return StateSign(glyph=glyphs.queued, word="free", role=Role.MUTED)
        case AgentStatus.WORKING:
            return StateSign(glyph=glyphs.working, word="working", role=Role.RUNNING)
        case AgentStatus.BLOCKED:
            return StateSign(glyph=glyphs.blocked, word="blocked", role=Role.ATTENTION)
        case _:
            assert_never(status)


def risk_sign(risk: Risk, glyphs: GlyphSet) -> StateSign:
    """Risk is a word; its glyph is only for HIGH."""
    match risk:
        case Risk.LOW:
            return StateSign(glyph=" ", word="low", role=Role.MUTED)
        case Risk.MED:
            return StateSign(glyph=" ", word="MED", role=Role.ATTENTION)
        case Risk.HIGH:
            return StateSign(glyph=glyphs.warning, word="HIGH", role=Role.FAILED, is_bold=True)
        case _:
            assert_never(risk)


def _needs_you(glyphs: GlyphSet) -> StateSign:
    return StateSign(glyph=glyphs.needs_you, word="NEEDS YOU", role=Role.ATTENTION, is_bold=True)


def _failed(glyphs: GlyphSet) -> StateSign:
    return StateSign(glyph=glyphs.failed, word="failed", role=Role.FAILED, is_bold=True)
