"""`cockpit notify`: what you were told and by which channel, a trial, and what stays silent."""

from __future__ import annotations

import os
from typing import Annotated, Any

from cyclopts import App, Parameter

from cockpit_tui.cli.output import print_json, print_lines, table
from cockpit_tui.cli.session import engine_session, own_settings, reading_session, run_async
from cockpit_tui.cli.telling import set_muted, trial_presence
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.domain.errors import LedgerBusy, UsageError
from cockpit_tui.domain.notice import Channel, Notice, NoticeKind, Told
from cockpit_tui.engine.engine import utc_now
from cockpit_tui.engine.telling.channels import channels_of
from cockpit_tui.engine.telling.keeper import telling
from cockpit_tui.engine.telling.trial import try_out
from cockpit_tui.presentation.glyphs import choose_glyphs
from cockpit_tui.presentation.notice_words import channel_words, where_words
from cockpit_tui.presentation.time import when

app = App(name="notify", help=NOUNS["notify"])

Json = Annotated[bool, Parameter(help="JSON instead of words.")]
Kind = Annotated[str, Parameter(
    help="question, done, failed, parked, budget, stalled, night; or all.")]


@app.command(name="list")
def list_notices(*, limit: Annotated[int, Parameter(help="So many, the newest first.")] = 50,
                 json: Json = False) -> int:
    """What you were told, newest first: when, of which kind, and where it went."""
    async def work() -> int:
        async with reading_session() as engine:
            found = await engine.notices(limit=limit)
        if json:
            print_json([notice_wire(notice) for notice in found])
        elif not found:
            print_lines(["You were told nothing yet. Try the channels: cockpit notify test"])
        else:
            now, glyphs = utc_now(), choose_glyphs("auto", os.environ)
            print_lines(table([(when(n.at, now), n.draft.kind.value, where_words(n, glyphs),
                                n.draft.text) for n in found],
                              header=("when", "kind", "told by", "text")))
        muted = own_settings().notify.muted
        if muted and not json:
            print_lines(["", f"Muted: {', '.join(muted)}. cockpit notify unmute KIND"])
        return 0

    return run_async(work())


@app.command(name="test")
def send_test(*, json: Json = False) -> int:
    """Tell a trial text by every channel that is set up, and say how it went.

    Exit codes: 0 all went well, 1 one failed, 2 none is set up.
    """
    async def work() -> Notice:
        presence = trial_presence()
        try:
            async with engine_session() as engine, \
                    telling(engine, presence, is_unattended=False) as keeper:
                return await keeper.test()
        except LedgerBusy:  # then the cockpit that works keeps no note of it
            return await try_out(channels_of(own_settings().notify, presence), presence)

    told = run_async(work())
    failed = [d for d in told.deliveries if d.result is Told.FAILED]
    if json:
        print_json(notice_wire(told))
    else:
        print_lines([channel_words(delivery) for delivery in told.deliveries])
    if not told.deliveries:
        raise UsageError(
            "No channel is set up here: no desktop in reach, no notify.command, no "
            "notify.webhook.", hint="For example: cockpit config set notify.webhook "
                                    "https://ntfy.sh/TOPIC")
    return 1 if failed else 0


@app.command
def mute(kind: Kind, /) -> int:
    """Tell this kind by no channel any more; the screen still shows what waits."""
    return _set(kind, is_muted=True)


@app.command
def unmute(kind: Kind, /) -> int:
    """Tell this kind again."""
    return _set(kind, is_muted=False)


def _set(name: str, *, is_muted: bool) -> int:
    known = [kind for kind in NoticeKind if kind is not NoticeKind.TEST]
    if name not in {"all", *known}:
        raise UsageError(f"There is no kind of notice {name!r}.",
                         hint=f"Kinds: {', '.join(known)}; or all.")
    muted: tuple[NoticeKind, ...] = ()
    for kind in known if name == "all" else [NoticeKind(name)]:
        muted = set_muted(kind, is_muted=is_muted)
    print_lines([f"Muted: {', '.join(muted) or 'nothing'}."])
    return 0


def notice_wire(notice: Notice) -> dict[str, Any]:
    draft = notice.draft
    return {"number": notice.number, "at": _time(notice), "kind": draft.kind.value,
            "text": draft.text, "job_id": draft.job_id, "task_id": draft.task_id,
            "night": draft.is_night, "state": notice.settled_by or "open",
            "channels": [{"channel": d.channel.value, "result": d.result.value,
                          "detail": d.detail} for d in notice.deliveries
                         if d.channel is not Channel.SCREEN or d.result is Told.SENT]}


def _time(notice: Notice) -> str:
    return notice.at.isoformat().replace("+00:00", "Z")
