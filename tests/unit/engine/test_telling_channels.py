"""The channels themselves: a program without a shell, a webhook, the terminal's own notices."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit_tui.config.notify import NotifySettings
from cockpit_tui.config.settings import parse_settings, tighten
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.notice import Channel, NoticeKind
from cockpit_tui.engine.telling import command, desktop
from cockpit_tui.engine.telling.channels import channels_of
from cockpit_tui.engine.telling.outgoing import NotTold, Outgoing
from cockpit_tui.engine.telling.presence import Presence
from cockpit_tui.engine.telling.webhook import Webhook

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TOLD = Outgoing(number=7, kind=NoticeKind.QUESTION, at=NOON, job="#41", task="3.1",
                text="#41 3.1 asks: rm -rf $(HOME); `id` && echo 'x'")
WRITES = ("import json, os, sys; json.dump([sys.argv[1:], {k: v for k, v in os.environ.items() "
          "if k.startswith('COCKPIT_')}], open(os.environ['OUT'], 'w'))")


async def test_a_program_gets_the_text_as_one_argument_and_no_shell_sees_it(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUT", str(tmp_path / "out"))

    said = await command.run((sys.executable, "-c", WRITES, "--urgent"), TOLD)

    assert json.loads((tmp_path / "out").read_text()) == [["--urgent", TOLD.text], {
        "COCKPIT_NOTICE_TEXT": TOLD.text, "COCKPIT_NOTICE_KIND": "question",
        "COCKPIT_NOTICE_JOB": "#41", "COCKPIT_NOTICE_TASK": "3.1", "COCKPIT_NOTICE_NUMBER": "7"}]
    assert said == f"by {Path(sys.executable).name}"


async def test_a_program_that_hangs_is_killed_with_what_it_started(tmp_path: Path) -> None:
    script = tmp_path / "hang"
    script.write_text(f"#!/bin/sh\nsleep 1000 &\necho $! > {tmp_path}/child\nwait\n")
    script.chmod(0o755)

    with pytest.raises(NotTold, match=r"took longer than 0\.5 s"):
        await command.run((str(script),), TOLD, longest_seconds=0.5)

    child = int((tmp_path / "child").read_text())
    until = time.monotonic() + 10
    while _lives(child):
        assert time.monotonic() < until
        await asyncio.sleep(0)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.mark.parametrize(("argv", "why"), [
    (("/nowhere/at-all",), "could not be started: No such file"),
    (("false",), "ended with exit code 1"),
])
async def test_a_program_that_fails_says_so(argv: tuple[str, ...], why: str) -> None:
    with pytest.raises(NotTold, match=why):
        await command.run(argv, TOLD)


# -- webhook ------------------------------------------------------------------------------------

Answers = list[bytes]


@asynccontextmanager
async def server(answers: Answers) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Answers requests in turn, the last answer for ever; what it was asked."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                      if line.startswith(b"content-length"))
        asked.append(head + await reader.readexactly(length))
        writer.write(answers.pop(0) if len(answers) > 1 else answers[0])
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/T0/secret-part", asked


def answer(status: str, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Length: 0", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode()


async def no_wait(_: float) -> None: ...


async def test_a_webhook_gets_json_that_slack_takes_too() -> None:
    async with server([answer("200 OK")]) as (url, asked):
        assert await Webhook(url, sleep=no_wait).post(TOLD) == "answered 200"
    head, _, body = asked[0].partition(b"\r\n\r\n")
    assert json.loads(body) == {"text": f"cockpit: {TOLD.text}", "kind": "question", "job": "#41",
                                "task": "3.1", "number": 7, "at": "2026-11-21T12:00:00Z"}
    assert head.startswith(b"POST /T0/secret-part HTTP/1.1")
    assert b"idempotency-key: cockpit-7-" in head.lower()


async def test_what_a_webhook_says_besides_its_status_is_never_read() -> None:
    """Slack answers its `ok` as text/html; a body may be huge, or never end."""
    page = answer("200 OK", "Content-Type: text/html; charset=utf-8")
    endless = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 1_000_000
    async with server([page, endless]) as (url, _):
        told = [await Webhook(url, sleep=no_wait).post(TOLD) for _ in range(2)]
    assert told == ["answered 200"] * 2


async def test_a_webhook_may_get_the_bare_text() -> None:
    async with server([answer("200 OK")]) as (url, asked):
        await Webhook(url, body="text", sleep=no_wait).post(TOLD)
    assert asked[0].endswith(b"\r\n\r\n" + TOLD.text.encode())


async def test_a_server_in_trouble_is_tried_again_under_the_same_key() -> None:
    async with server([answer("503 No"), answer("429 No"), answer("204 Yes")]) as (url, asked):
        assert await Webhook(url, sleep=no_wait).post(TOLD) == "answered 204"
    keys = {line for request in asked for line in request.lower().split(b"\r\n")
            if line.startswith(b"idempotency-key")}
    assert (len(asked), len(keys)) == (3, 1)


@pytest.mark.parametrize(("given", "count", "why"), [
    (answer("302 Found", "Location: http://127.0.0.1:1/T0/secret-part"), 1, "redirects elsewhere"),
    (answer("404 No"), 1, "it answered with 404"),
    (answer("500 No"), 3, "it answered with 500, 3 times"),
])
async def test_a_webhook_that_refuses_is_said_without_its_address(
        given: bytes, count: int, why: str) -> None:
    async with server([given]) as (url, asked):
        with pytest.raises(NotTold, match=why) as caught:
            await Webhook(url, sleep=no_wait).post(TOLD)
    assert len(asked) == count
    assert "secret-part" not in f"{caught.value} {Webhook(url)!r}"


async def test_nobody_there_is_said() -> None:
    with pytest.raises(NotTold, match=r"not reached \(ConnectError\), 3 times"):
        await Webhook("http://127.0.0.1:9/x", sleep=no_wait).post(TOLD)


# -- desktop ------------------------------------------------------------------------------------

@pytest.mark.parametrize(("environ", "dialect"), [
    ({"TERM_PROGRAM": "iTerm.app"}, "OSC 9"),
    ({"TERM_PROGRAM": "tmux", "WEZTERM_PANE": "0"}, "OSC 9"),
    ({"TERM": "xterm-kitty"}, "OSC 99"),
    ({"TERM": "foot"}, "OSC 777"),
    ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, "OSC 777"),
    ({"TERM": "xterm-256color"}, ""),
    ({"TERM": "screen-256color", "TERM_PROGRAM": "tmux"}, ""),
])
def test_the_terminal_says_which_sequence_it_knows(environ: dict[str, str], dialect: str) -> None:
    assert desktop.dialect_of(environ) == dialect


def test_the_sequences_and_how_tmux_hands_them_on() -> None:
    text = TOLD.text
    assert desktop.sequence_of("OSC 9", TOLD) == f"\x1b]9;cockpit: {text}\x07"
    assert desktop.sequence_of("OSC 777", TOLD) == (
        f"\x1b]777;notify;cockpit;{text.replace(';', ',')}\x1b\\")
    assert desktop.sequence_of("OSC 99", TOLD) == (
        f"\x1b]99;i=cockpit7:d=0;cockpit\x1b\\\x1b]99;i=cockpit7:p=body;{text}\x1b\\")
    assert desktop.wrapped("\x1b]9;x\x07") == "\x1bPtmux;\x1b\x1b]9;x\x07\x1b\\"


def _on_path(directory: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = directory / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}:/usr/bin:/bin")


async def _tell(environ: dict[str, str]) -> tuple[str, list[str]]:
    written: list[str] = []
    way = desktop.way_here(Presence(lambda: NOON, write=written.append), environ)
    assert way is not None
    return await way(TOLD), written


async def test_tmux_is_asked_before_anything_is_sent_through_it(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = {"TMUX": "/tmp/x", "WEZTERM_PANE": "0"}
    _on_path(tmp_path, "tmux", "echo on", monkeypatch)
    assert await _tell(inside) == ("by the terminal (OSC 9)", [
        desktop.wrapped(desktop.sequence_of("OSC 9", TOLD))])
    for script in ("echo off", "exit 1"):
        _on_path(tmp_path, "tmux", script, monkeypatch)
        with pytest.raises(NotTold, match="allow-passthrough"):
            await _tell(inside)


@pytest.mark.skipif(sys.platform == "darwin", reason="there it is osascript")
async def test_else_the_local_desktop_is_told_but_never_over_ssh(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _on_path(tmp_path, "notify-send", f"for a; do echo \"$a\"; done > {tmp_path}/out", monkeypatch)
    local = {"DISPLAY": ":0", "TERM": "xterm"}

    assert await _tell(local) == ("by notify-send", [])
    assert (tmp_path / "out").read_text().splitlines() == [
        "--app-name=cockpit", "--", "cockpit", TOLD.text.replace("&", "&amp;")]
    presence = Presence(lambda: NOON)
    assert desktop.way_here(presence, {**local, "SSH_TTY": "/dev/pts/1"}) is None
    assert desktop.way_here(presence, {"TERM": "xterm"}) is None


# -- settings -----------------------------------------------------------------------------------

def test_what_is_set_up_is_what_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    settings = NotifySettings(command="notify-me --urgent 'two words'",  # type: ignore[arg-type]
                              webhook="https://ntfy.sh/x")

    assert settings.command == ("notify-me", "--urgent", "two words")
    assert set(channels_of(settings, Presence(lambda: NOON))) == {Channel.COMMAND, Channel.WEBHOOK}
    assert channels_of(NotifySettings(), Presence(lambda: NOON)) == {}


def test_a_webhook_is_an_address_and_is_shown_in_no_error() -> None:
    for wrong in ("ftp://x/secret", "not an address", "https://", "https://x/a\nb"):
        with pytest.raises(UsageError, match="a webhook is an http or https address") as caught:
            parse_settings({"notify": {"webhook": wrong}}, source="config.toml")
        assert "secret" not in caught.value.message


def test_a_repository_cannot_set_who_is_told(tmp_path: Path) -> None:
    (tmp_path / ".cockpit.toml").write_text('[notify]\ncommand = ["evil"]\n')
    with pytest.raises(UsageError, match=r"may hold only \[gates\] and \[limits\], not notify"):
        tighten(JobRequest(text="x"), tmp_path)
