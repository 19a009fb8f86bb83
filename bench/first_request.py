"""The first request: how many tokens it has, and how soon after `cockpit run` it is on the wire.

Tokens are characters / 4. System and tools are counted alone, as they are without skills and map,
and as the wire's whole body on a small repository, with everything.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.model_process import ModelProcess, model_process
from bench.places import base_of, environment_of, fresh_paths, make_repository
from bench.report import Figure, percentiles, show
from cockpit_tui.agents.prompts import prompt
from cockpit_tui.agents.roles import shipped_roles
from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.conversation import ModelRequest, user
from cockpit_tui.domain.model import EditFormat, ModelProfile
from cockpit_tui.providers.chat.outgoing import chat_tools
from cockpit_tui.providers.messages.outgoing import body_of
from cockpit_tui.tools.session import ToolSession

COCKPIT = str(Path(sys.executable).with_name("cockpit"))
ROLE = "BackendDeveloper"
RUNS = 6
WIRES = {"messages": "anthropic", "chat": "openai"}


def tokens_without_context(edit_format: EditFormat, wire: str, root: Path) -> tuple[int, int]:
    """Tokens of a `ROLE`'s system text, and of its tools, as they stand in the body."""
    role = next(role for role in shipped_roles() if role.name == ROLE)
    system = prompt("agent", role=role.name, role_prompt=role.prompt)
    session = ToolSession(root, owned_paths=("src/**",), edit_format=edit_format)
    profile = ModelProfile(provider="bench", model="m", edit_format=edit_format)
    request = ModelRequest(
        model="m", purpose="task", system=system, messages=(user("x"),),
        tools=session.specs_for(edit_format), max_output_tokens=1_000, profile=profile)
    tools = body_of(request, origin="bench:m")["tools"] if wire == "messages" \
        else chat_tools(request.tools)
    return _tokens(system), _tokens(json.dumps(tools))


def _tokens(text: str) -> int:
    return -(-len(text) // 4)


def _environment(paths: Paths) -> dict[str, str]:
    return {**os.environ, **environment_of(paths), "BENCH_KEY": "test-key",
            "GIT_CONFIG_GLOBAL": os.devnull, "PYTHONPATH": str(_as_installed(paths))}


def _as_installed(paths: Paths) -> Path:
    """A folder that hides aiohttp, which only the tools for development bring: both SDKs import it
    where it is there."""
    folder = base_of(paths) / "hidden"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "aiohttp.py").write_text("raise ImportError('hidden by the measurement')\n")
    return folder


def _configure(paths: Paths, url: str, wire: str, edit_format: EditFormat | None = None) -> None:
    at = url if wire == "messages" else f"{url}/v1"
    paths.settings_file.parent.mkdir(parents=True, exist_ok=True)
    paths.settings_file.write_text(
        f'[providers.bench]\nwire = "{WIRES[wire]}"\nbase_url = "{at}"\n'
        'api_key_env = "BENCH_KEY"\ncontext_tokens = 200000\n'
        'price = { input = 3.0, output = 15.0 }\n'
        + (f'[models."bench:m"]\nedit_format = "{edit_format.value}"\n' if edit_format else ""))


def _cockpit(paths: Paths, repository: Path, *arguments: str) -> None:
    """Run the command to its end, which is a failure, since the server has nothing to say."""
    subprocess.run([COCKPIT, *arguments, "--repo", str(repository),
                    "--model", "bench:m", "--approve", "all", "--quiet"],
                   env=_environment(paths), check=False, capture_output=True)


def first_body(server: ModelProcess, edit_format: EditFormat, wire: str) -> dict[str, Any]:
    """What `cockpit agents spawn` sends first, with everything that the product ships."""
    with fresh_paths() as paths:
        repository = make_repository(base_of(paths) / "repository", 50)
        _configure(paths, server.url, wire, edit_format)
        server.seen()
        _cockpit(paths, repository, "agents", "spawn", ROLE,
                 "Let f1 return 2 instead of 1, with a test")
        first: dict[str, Any] = server.seen().first
    assert first, "nothing was asked"
    return first


def start_to_request(server: ModelProcess, wire: str) -> tuple[list[float], dict[str, list[float]]]:
    """Seconds from starting the process to the request; and to what the ledger saw before it, with
    the CPU time of the whole run, which others on the machine do not disturb."""
    whole: list[float] = []
    parts: dict[str, list[float]] = {}
    for _ in range(RUNS + 1):
        with fresh_paths() as paths:
            repository = make_repository(base_of(paths) / "repository", 50)
            _configure(paths, server.url, wire)
            server.seen()
            began, cpu = time.time(), _cpu_of_children()
            _cockpit(paths, repository, "run", "Add a test for f1", "--until", "review")
            parts.setdefault("CPU of the run", []).append(_cpu_of_children() - cpu)
            seen = server.seen()
            whole.append(seen.first_at - began)
            for name, at in _milestones(paths).items():
                parts.setdefault(name, []).append(at - began)
    return whole[1:], {name: times[1:] for name, times in parts.items()}


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _milestones(paths: Paths) -> dict[str, float]:
    """When the ledger first had each kind of event, in Unix time."""
    listed = subprocess.run([COCKPIT, "jobs", "events", "1", "--json"],
                            env=_environment(paths), check=True, capture_output=True, text=True)
    found: dict[str, float] = {}
    for line in listed.stdout.splitlines():
        event = json.loads(line)
        found.setdefault(event["type"], datetime.fromisoformat(event["at"]).timestamp())
    wanted = ("job:queued", "review:started", "review:progress", "step:started")
    return {name: found[name] for name in wanted if name in found}


def sdk_import(module: str) -> list[float]:
    """Seconds of a bare process that imports the SDK and does nothing else."""
    took = []
    for _ in range(RUNS):
        with fresh_paths() as paths:
            environment = _environment(paths)
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import {module}"], check=True, env=environment)
            took.append(time.perf_counter() - began)
    return took


def main() -> None:
    with model_process() as server:
        for edit_format in EditFormat:
            wire = "messages" if edit_format is EditFormat.TEXT_EDITOR else "chat"
            with fresh_paths() as paths:
                base_of(paths).mkdir(exist_ok=True)
                system, tools = tokens_without_context(edit_format, wire, base_of(paths))
            body = first_body(server, edit_format, wire)
            show([Figure(
                name=f"first request, {edit_format.value}, {wire}: system + tools",
                value=f"{system + tools:,} tokens ({system:,} + {tools:,})",
                target="≤ 1,300",
                note=f"whole body with skills, map, task: {_tokens(json.dumps(body)):,}")])
        for wire, module in (("messages", "anthropic"), ("chat", "openai")):
            whole, parts = start_to_request(server, wire)
            at = ", ".join(f"{name} {sorted(times)[len(times) // 2] * 1_000:.0f}"
                           for name, times in parts.items())
            show([
                Figure(name=f"cockpit run to first request, {wire}", value=percentiles(whole),
                       target="≤ 800 ms p50", note=f"on the way, ms p50: {at}"),
                Figure(name=f"  a bare process that imports {module}",
                       value=percentiles(sdk_import(module))),
            ])


if __name__ == "__main__":
    main()
