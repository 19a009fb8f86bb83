"""A provider in a process of its own that does whole jobs, each reply after the same time.

`python -m bench.slow_model SECONDS` prints its address. Asked for `Bench N tasks` it plans N tasks
that know nothing of each other; each of them is one edit and one last word.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cockpit_tui.config.paths import Paths

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

CALLS_PER_TASK = 2
KEY_VARIABLE = "BENCH_KEY"
KEY = "test-key"


def plan_of(tasks: int) -> dict[str, Any]:
    return {"summary": "Bench.", "notes": [], "answer": "", "phases": [{"title": "P", "tasks": [
        {"key": f"t{n}", "title": f"Write t{n}.txt", "instructions": f"Write t{n}.txt.",
         "role": "BackendDeveloper", "depends_on": [], "owned_paths": [f"t{n}.txt"],
         "acceptance": [], "commands": [], "minutes": 1.0, "tokens": 1_000,
         "task_class": "standard"} for n in range(tasks)]}]}


def configure(paths: Paths, url: str, *, at_once: int) -> None:
    """The server as the provider `bench`, and room for `at_once` agents and calls."""
    paths.settings_file.parent.mkdir(parents=True, exist_ok=True)
    paths.settings_file.write_text(
        f'[providers.bench]\nwire = "anthropic"\nbase_url = "{url}"\n'
        f'api_key_env = "{KEY_VARIABLE}"\ncontext_tokens = 200000\nedit_format = "text_editor"\n'
        'price = { input = 3.0, output = 15.0 }\n'
        f'[limits]\nagents_overall = {at_once}\ncalls_per_provider = {at_once}\n')


@contextmanager
def slow_model(seconds: float) -> Iterator[str]:
    """Its address; ended on leaving."""
    with subprocess.Popen([sys.executable, "-m", "bench.slow_model", str(seconds)], text=True,
                          stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


async def _serve(seconds: float) -> None:
    from support.brains import Asked, BrainReply, Call, Spent, says
    from support.model_server import ModelServer
    from support.model_server_messages import MessagesDialect

    spent = Spent(input=1_000, output=100)

    async def brain(asked: Asked) -> BrainReply:
        await asyncio.sleep(seconds)
        words = "\n".join(text for message in asked.messages for text in message.texts)
        if '"verdict"' in asked.system:
            return says(json.dumps({"verdict": "pass", "comment": ""}), usage=spent)
        if '"phases"' in asked.system:
            wanted = re.search(r"Bench (\d+) tasks", words)
            return says(json.dumps(plan_of(int(wanted[1]) if wanted else 1)), usage=spent)
        if '"findings"' in asked.system:
            return says(json.dumps({"summary": "Small.", "patterns": [], "findings": [],
                                    "architecture": "README"}), usage=spent)
        if any(message.results for message in asked.messages):
            return says("Written.", usage=spent)
        path = re.search(r"Write (t\d+\.txt)", words)
        assert path is not None, words
        return BrainReply(usage=spent, calls=(Call(
            name="str_replace_based_edit_tool",
            arguments={"command": "create", "path": path[1], "file_text": f"{words[:9]}\n"}),))

    async with ModelServer(MessagesDialect(brain, key=KEY)) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
