"""The command line on a real server: its own trial of the model, and one whole job on each wire.

The toy does not do the task, so nothing is said about that: what is told and kept must be true.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from pathlib import Path

import pytest
from llama.llama_serve import ALIAS, WINDOW_TOKENS
from llama.llama_server import KEY, LlamaServer
from support.cockpit_process import Cockpit, Ran
from support.repositories import git, make_repository

SECONDS = 300


@pytest.fixture(params=["openai", "anthropic", "responses"])
def cockpit(request: pytest.FixtureRequest, llama: LlamaServer, tmp_path: Path) -> Cockpit:
    path = "" if request.param == "anthropic" else "/v1"
    settings = tmp_path / "home" / "config" / "cockpit" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"""\
[job]
model = "llama:{ALIAS}"
[limits]
steps = 4
verify_rounds = 1
[providers.llama]
wire = "{request.param}"
base_url = "{llama.url}{path}"
api_key_env = "LLAMA_KEY"
context_tokens = {WINDOW_TOKENS}
max_output_tokens = 128
""")
    return Cockpit(tmp_path / "home", make_repository(tmp_path / "repo", {"README.md": "# Hi\n"}),
                   script=None, extra={"LLAMA_KEY": KEY, "PYTHON_KEYRING_BACKEND":
                                       "keyring.backends.null.Keyring"})


def run(cockpit: Cockpit, *arguments: str) -> Ran:
    done = subprocess.run(cockpit.command(*arguments), cwd=cockpit.repository, check=False,
                          env=cockpit.environment, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=SECONDS, text=True)
    assert "Traceback" not in done.stderr, done.stderr
    assert KEY not in done.stdout + done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


def test_the_trial_of_a_model_tells_what_it_can(cockpit: Cockpit) -> None:
    ran = run(cockpit, "models", "test", "--json", "--seconds", "60")
    [told] = ran.events
    assert (ran.code, told["works"], told["answered_by"], told["problem"]) == (0, True, ALIAS, "")
    assert told["tokens"] > 100
    assert told["tools"] in ("work", "not used")
    wrong = run(cockpit.with_script(None, LLAMA_KEY="another-key-9876543210"),
                "models", "test", "--json", "--seconds", "60")
    assert (wrong.code, wrong.events[0]["works"]) == (5, False)
    assert "another-key" not in wrong.out


def test_a_whole_job_ends_in_a_state_that_is_true(cockpit: Cockpit) -> None:
    before = git("status", "--porcelain", "--branch", cwd=cockpit.repository)
    ran = run(cockpit, "agents", "spawn", "BackendDeveloper",
              "Write a file hello.txt that holds the word hello", "--verify",
              "grep -q hello hello.txt", "--approve", "all", "--land", "branch", "--json")
    *events, result = ran.events
    kinds = [event["type"] for event in events]
    proofs = [event["data"]["exit_code"] for event in events if event["type"] == "tests:complete"]
    is_done = result["status"] == "completed"
    assert (ran.code == 0, result["landed"]) == (is_done, is_done)
    assert kinds[-1] == ("job:completed" if is_done else "job:failed")
    if is_done:
        assert proofs[-1:] == [0]
        subprocess.run(["git", "grep", "-q", "hello", result["branch"], "--", "hello.txt"],
                       cwd=cockpit.repository, check=True)
    else:
        assert result["reason"]
        assert git("branch", "--list", "cockpit/*", cwd=cockpit.repository) == ""
    assert git("status", "--porcelain", "--branch", cwd=cockpit.repository) == before

    turns = kinds.count("step:completed")
    bills = [event["data"] for event in events if event["type"] == "usage:recorded"]
    assert 1 <= turns <= len(bills)
    assert all(0 < bill["input_tokens"] < WINDOW_TOKENS for bill in bills)
    assert all(0 < bill["output_tokens"] <= 128 for bill in bills)
    kept = run(cockpit, "jobs", "events", "--json", str(result["number"]))
    assert [event["seq"] for event in kept.events] == [event["seq"] for event in events]
    used = run(cockpit, "usage", "--json")
    assert f'"llama:{ALIAS}"' in json.dumps(used.events)


async def test_an_interrupt_reaches_the_server_and_the_turn_is_asked_again(
        cockpit: Cockpit, llama: LlamaServer) -> None:
    await llama.until_idle()
    before = llama.cancelled
    long = "Write a file hello.txt. " + "It holds many words about harbours. " * 60
    process = cockpit.start("agents", "spawn", "BackendDeveloper", long, "--approve", "all",
                            "--land", "none", "--json")
    try:
        await llama.until_busy()
        process.send_signal(signal.SIGINT)
        out, err = await asyncio.to_thread(process.communicate, timeout=30)
    finally:
        process.kill()
    await llama.until_idle()
    assert llama.cancelled == before + 1
    assert "Traceback" not in err, err
    assert process.returncode == 130
    assert "step:completed" not in [json.loads(line)["type"] for line in out.splitlines()]
    *events, result = (await asyncio.to_thread(run, cockpit, "jobs", "resume", "--json")).events
    turns = [event["data"] for event in events if event["type"] == "step:completed"]
    assert [turn["reissued"] for turn in turns][:1] == [True]
    assert result["status"] in ("completed", "failed")
