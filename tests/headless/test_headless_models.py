"""`cockpit models` and `cockpit keys` as a person types them, against fake servers on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.brains import Asked, BrainReply, Spent, calls, says
from support.cockpit_process import TIMEOUT, Cockpit, Ran
from support.model_server import ModelServer, Silence
from support.model_server_chat import ChatDialect
from support.model_server_messages import MessagesDialect

KEY = "sk-test-" + "k" * 24 + "9876"
NO_RING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


def alone(cockpit: Cockpit, **extra: str) -> Cockpit:
    return cockpit.with_script(None, **NO_RING, **extra)


def configured(cockpit: Cockpit, url: str, *, wire: str = "openai", more: str = "",
               **extra: str) -> Cockpit:
    folder = cockpit.home / "config" / "cockpit"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(
        f'[job]\nmodel = "home:tiny"\n[providers.home]\nwire = "{wire}"\nbase_url = "{url}"\n'
        f'api_key_env = "HOME_KEY"\n{more}')
    return alone(cockpit, **extra)


def typed(cockpit: Cockpit, text: str, *arguments: str) -> Ran:
    done = subprocess.run(cockpit.command(*arguments), cwd=cockpit.repository, check=False,
                          env=cockpit.environment, input=text.encode(), capture_output=True,
                          timeout=TIMEOUT)
    assert b"Traceback" not in done.stderr, done.stderr
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def pings(asked: Asked) -> BrainReply:
    assert asked.tools == ("ping",)
    return calls(("ping", {"word": "harbour"}), usage=Spent(input=100, output=20),
                 model="tiny-2026")


PRICE = "price = {input = 1.0, output = 10.0}\n"
DIALECTS: list[tuple[str, str, Callable[..., Any]]] = [
    ("openai", "/v1", ChatDialect), ("anthropic", "", MessagesDialect)]


@pytest.mark.parametrize(("wire", "path", "dialect"), DIALECTS)
async def test_a_model_that_works_says_what_it_costs(
        cockpit: Cockpit, wire: str, path: str, dialect: Callable[..., Any]) -> None:
    async with ModelServer(dialect(pings, key=KEY)) as server:
        mine = configured(cockpit, server.url + path, wire=wire, more=PRICE, HOME_KEY=KEY)
        ran = await asyncio.to_thread(mine.run, "models", "test", "--json", "--seconds", "30")
    told = ran.events[0]
    assert told.pop("seconds") < 30
    assert told == {
        "model": "home:tiny", "works": True, "answered_by": "tiny-2026", "tools": "work",
        "price": {"input_usd": 1.0, "output_usd": 10.0, "cache_read_usd": None,
                  "cache_write_usd": None}, "price_from": "your settings", "tokens": 120,
        "cost_usd": 0.0003, "problem": "", "hint": "", "warning": ""}
    assert (ran.code, KEY in ran.out + ran.err) == (0, False)


async def test_a_wrong_key_is_told_and_not_shown(cockpit: Cockpit) -> None:
    async with ModelServer(ChatDialect(pings, key="the-right-one")) as server:
        mine = configured(cockpit, server.url + "/v1", HOME_KEY=KEY)
        ran = await asyncio.to_thread(mine.run, "models", "test", "--seconds", "30")
    assert ran.code == 5
    assert "home:tiny does not work" in ran.out
    assert "key" in ran.out
    assert KEY not in ran.out + ran.err


async def test_a_model_that_calls_no_tool_and_has_no_price_says_so(cockpit: Cockpit) -> None:
    async with ModelServer(ChatDialect(lambda _: says("harbour"), key=KEY)) as server:
        mine = configured(cockpit, server.url + "/v1", HOME_KEY=KEY)
        ran = await asyncio.to_thread(mine.run, "models", "test", "--seconds", "30")
    assert ran.code == 0
    assert "cost unknown" in ran.out
    assert "asked to call one and did not" in ran.out


@pytest.mark.parametrize(("answer", "told"), [
    (BrainReply(texts=("No.",), stop="refusal"), "refuses so small a thing: No."),
    (BrainReply(), "answered with nothing"),
], ids=["refusal", "nothing"])
async def test_an_answer_that_nothing_can_be_done_with_does_not_work(
        cockpit: Cockpit, answer: BrainReply, told: str) -> None:
    async with ModelServer(ChatDialect(lambda _: answer, key=KEY)) as server:
        mine = configured(cockpit, server.url + "/v1", more=PRICE, HOME_KEY=KEY)
        ran = await asyncio.to_thread(mine.run, "models", "test", "--json", "--seconds", "30")
    [trial] = ran.events
    assert (ran.code, trial["works"], told in trial["problem"]) == (5, False, True), trial
    assert trial["hint"]
    assert trial["cost_usd"] > 0


async def test_silence_ends_in_time(cockpit: Cockpit) -> None:
    async with ModelServer(lambda _: Silence()) as server:
        mine = configured(cockpit, server.url + "/v1", HOME_KEY=KEY)
        ran = await asyncio.to_thread(mine.run, "models", "test", "--json", "--seconds", "3")
    told = ran.events[0]
    assert (ran.code, told["works"]) == (5, False)
    assert "within 3 seconds" in told["problem"]
    assert told["seconds"] < 10


def test_no_key_says_how_to_get_one(cockpit: Cockpit) -> None:
    ran = alone(cockpit).run("models", "test", "anthropic:claude-haiku-5-5", "--json")
    told = ran.events[0]
    assert (ran.code, told["works"], told["problem"]) == (
        5, False, "There is no key for Anthropic.")
    assert "export ANTHROPIC_API_KEY=" in told["hint"]


def test_the_lead_is_changed_with_its_warning_and_comments_stay(cockpit: Cockpit) -> None:
    mine = alone(cockpit)
    file = cockpit.home / "config" / "cockpit" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text("# mine\n[job]\nagents = 2 # few\n")
    ran = mine.run("models", "use", "claude-opus-4")
    assert ran.code == 0
    assert "anthropic:claude-opus-5-5" in ran.out
    assert "was retired on 2026-06-15" in ran.err
    assert "There is no key for Anthropic" in ran.err
    assert file.read_text() == ('# mine\n[job]\nagents = 2 # few\n'
                                'model = "anthropic:claude-opus-5-5"\n')
    assert mine.run("models", "use", "gpt-oss-120b").code == 2
    assert "agents = 2 # few" in file.read_text()


def test_lists_show_what_works_here_first(cockpit: Cockpit) -> None:
    rows = alone(cockpit, XAI_API_KEY=KEY).run("models", "list", "--json").events[0]
    assert {row["model"].partition(":")[0] for row in rows if row["usable"]} >= {"xai", "offline"}
    assert all(row["usable"] and not row["retired"] for row in rows)
    every = alone(cockpit, XAI_API_KEY=KEY).run("models", "list", "--all", "--json").events[0]
    usable = [row["usable"] for row in every]
    assert usable == sorted(usable, reverse=True)
    gone = next(row for row in every if row["model"] == "anthropic:claude-opus-4-0")
    assert (gone["retired"], gone["successor"]) == (True, "claude-opus-5-5")
    haiku = alone(cockpit).run("models", "prices", "haiku", "--json").events[0]
    assert [row["model"] for row in haiku] == ["anthropic:claude-haiku-5-5"]
    assert haiku[0]["input_usd"] > 0
    assert haiku[0]["from"].startswith("genai-prices of 20")


async def test_models_of_a_running_local_server_are_listed(cockpit: Cockpit) -> None:
    from support.model_server import Json, Request

    def tags(request: Request) -> Json:
        return Json({"data": [{"id": "qwen3:8b\x1b[31m"}]}, status=200)

    async with ModelServer(tags) as server:
        folder = cockpit.home / "config" / "cockpit"
        folder.mkdir(parents=True)
        (folder / "config.toml").write_text(
            f'[providers.ollama]\nbase_url = "{server.url}/v1"\n')
        ran = await asyncio.to_thread(alone(cockpit).run, "models", "list")
    assert "ollama:qwen3:8b" in ran.out
    assert "running" in ran.out
    assert "\x1b" not in ran.out


def test_a_key_is_kept_listed_and_removed_without_being_shown(cockpit: Cockpit) -> None:
    mine = alone(cockpit, COCKPIT_PASSPHRASE="open sesame")
    ran = typed(mine, KEY + "\n", "keys", "set", "anthropic")
    assert (ran.code, "encrypted file" in ran.out) == (0, True)
    file = cockpit.home / "config" / "cockpit" / "keys.enc"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    listed = mine.run("keys", "list", "--json")
    assert [(row["provider"], row["place"]) for row in listed.events[0]] == [("anthropic", "file")]
    doctor = {row["name"]: row for row in mine.run("doctor", "--json").events[0]}
    assert (doctor["keys"]["state"], doctor["keys"]["found"]) == ("works", "anthropic")
    file.chmod(0o644)
    doctor = {row["name"]: row for row in mine.run("doctor", "--json").events[0]}
    assert doctor["key storage"]["command"] == f"chmod 600 {file}"
    assert KEY not in ran.out + ran.err + listed.out + json.dumps(doctor)
    assert mine.run("keys", "remove", "anthropic").code == 0
    assert mine.run("keys", "remove", "anthropic").code == 2
    assert not file.exists()


@pytest.mark.parametrize("text", ["", "two words\n", "k\x1b[2J\n"])
def test_what_is_no_key_is_refused(cockpit: Cockpit, text: str) -> None:
    ran = typed(alone(cockpit, COCKPIT_PASSPHRASE="x"), text, "keys", "set", "groq")
    assert ran.code == 2
    assert not (cockpit.home / "config" / "cockpit" / "keys.enc").exists()


async def test_a_new_key_replaces_the_old_one_only_when_it_works(cockpit: Cockpit) -> None:
    async with ModelServer(ChatDialect(pings, key="new-and-right-1234")) as server:
        mine = configured(cockpit, server.url + "/v1", COCKPIT_PASSPHRASE="x")

        async def run(text: str, *arguments: str) -> Ran:
            return await asyncio.to_thread(typed, mine, text, *arguments)

        assert (await run("old-and-wrong-5678", "keys", "set", "home")).code == 0
        rotate = ("keys", "rotate", "home", "--model", "tiny", "--seconds", "30")
        refused = await run("new-and-wrong-0000", *rotate)
        assert (refused.code, "The old key stays" in refused.err) == (5, True)
        file = Path(cockpit.home / "config" / "cockpit" / "keys.enc")
        before = file.read_bytes()
        assert (await run("new-and-right-1234", *rotate)).code == 0
        assert file.read_bytes() != before
        assert (await run("", "models", "test", "--seconds", "30")).code == 0


def test_the_doctor_tells_of_a_lead_that_retires(cockpit: Cockpit) -> None:
    mine = alone(cockpit, COCKPIT_JOB__MODEL="anthropic:claude-opus-4")
    rows = {row["name"]: row for row in mine.run("doctor", "--json").events[0]}
    assert rows["models"]["state"] == "limited"
    assert "was retired on 2026-06-15" in rows["models"]["adds"]
    assert os.path.sep not in rows["keys"]["found"]
