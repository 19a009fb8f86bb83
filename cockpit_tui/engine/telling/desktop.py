"""The desktop as a channel: a sequence that the terminal turns into a notice, or a local program.

Sequences: OSC 9 (iTerm2, WezTerm, Ghostty), OSC 777 (rxvt, foot, VTE), OSC 99 (kitty,
sw.kovidgoyal.net/kitty/desktop-notifications). Inside tmux they arrive only wrapped in DCS, and
only where `allow-passthrough` is on (tmux(1)).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from html import escape

from cockpit_tui.engine.telling.outgoing import TITLE, NotTold, Outgoing, Send
from cockpit_tui.engine.telling.presence import Presence

LONGEST_SECONDS = 5.0
_SCRIPT = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run"


def way_here(presence: Presence, environ: Mapping[str, str] = os.environ) -> Send | None:
    """How a notice gets onto the person's desktop from here; None where there is no way."""
    dialect, program = dialect_of(environ) if presence.write else "", local_program(environ)
    if not dialect and not program:
        return None

    async def send(told: Outgoing) -> str:
        if presence.write is not None and dialect and (
                not environ.get("TMUX") or await _passes_through()):
            sequence = sequence_of(dialect, told)
            presence.write(wrapped(sequence) if environ.get("TMUX") else sequence)
            return f"by the terminal ({dialect})"
        if program:
            return await _run(program, told)
        raise NotTold("tmux lets no notice through (allow-passthrough is off)")

    return send


def dialect_of(environ: Mapping[str, str]) -> str:
    """`OSC 9`, `OSC 777` or `OSC 99`, by what the terminal says of itself; empty: it says nothing.

    Inside tmux `TERM_PROGRAM` is tmux's own; what else the outer terminal left still tells.
    """
    program, term = environ.get("TERM_PROGRAM", ""), environ.get("TERM", "")
    if environ.get("KITTY_WINDOW_ID") or "kitty" in term:
        return "OSC 99"
    if (program in {"iTerm.app", "WezTerm", "ghostty"} or environ.get("WEZTERM_PANE")
            or environ.get("ITERM_SESSION_ID") or environ.get("LC_TERMINAL") == "iTerm2"
            or environ.get("GHOSTTY_RESOURCES_DIR")):
        return "OSC 9"
    if term.startswith(("rxvt", "foot")) or environ.get("VTE_VERSION"):
        return "OSC 777"
    return ""


def sequence_of(dialect: str, told: Outgoing) -> str:
    """The text has no control characters; a semicolon would end a field of OSC 777."""
    match dialect:
        case "OSC 99":
            name = f"i=cockpit{told.number}"
            return (f"\x1b]99;{name}:d=0;{TITLE}\x1b\\"
                    f"\x1b]99;{name}:p=body;{told.text}\x1b\\")
        case "OSC 777":
            return f"\x1b]777;notify;{TITLE};{told.text.replace(';', ',')}\x1b\\"
        case _:
            return f"\x1b]9;{TITLE}: {told.text}\x07"


def wrapped(sequence: str) -> str:
    """For tmux to hand on: in DCS, every ESC twice."""
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


def local_program(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The program of a desktop that is in front of the person; over SSH there is none."""
    if environ.get("SSH_TTY") or environ.get("SSH_CONNECTION"):
        return ()
    if sys.platform == "darwin":
        return ("osascript", "-e", _SCRIPT)
    if (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")) and shutil.which("notify-send"):
        return ("notify-send", "--app-name=cockpit", "--")
    return ()


async def _passes_through() -> bool:
    try:
        return (await _output(("tmux", "show-options", "-Apv", "allow-passthrough"))).strip() in {
            "on", "all"}
    except NotTold:
        return False


async def _run(program: Sequence[str], told: Outgoing) -> str:
    text = escape(told.text, quote=False) if program[0] == "notify-send" else told.text
    await _output((*program, TITLE, text))
    return f"by {program[0]}"


async def _output(argv: Sequence[str]) -> str:
    """Raises NotTold where it fails, or takes too long."""
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL)
    except OSError as error:
        raise NotTold(f"{argv[0]} could not be started: {error.strerror}") from error
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        raise NotTold(f"{argv[0]} took longer than {LONGEST_SECONDS:g} s") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode != 0:
        raise NotTold(f"{argv[0]} ended with exit code {process.returncode}")
    return output.decode(errors="replace")
