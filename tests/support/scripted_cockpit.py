"""The command line with a scripted model: `python scripted_cockpit.py ARGUMENTS`.

The script is chosen by SCRIPT: `files` writes a file a task; `hold` does so too, but task 1.2 never
gets its answer; `fails` has an acceptance command that cannot pass; `broken` has no model;
`costly` uses money up.
"""

from __future__ import annotations

import asyncio
import os

from cockpit_tui.cli import main
from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.drafts import PhaseDraft, PlanDraft, TaskDraft
from cockpit_tui.domain.errors import ProviderError
from cockpit_tui.providers import registry
from cockpit_tui.providers.base import Provider
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

SCRIPT = os.environ.get("SCRIPT", "files")


def _task(key: str, path: str, *, after: tuple[str, ...] = ()) -> TaskDraft:
    check = f"test -s {path}" if SCRIPT != "fails" else f"test -d {path}"
    return TaskDraft(key=key, title=f"Write {path}", instructions=f"write {path}",
                     role="BackendDeveloper", depends_on=after, owned_paths=(path,),
                     acceptance=(check,))


PLAN = PlanDraft(summary="Two files, then a third.", phases=(
    PhaseDraft(title="First", tasks=(_task("a", "a.txt"), _task("b", "b.txt", after=("a",)))),
    PhaseDraft(title="Second", tasks=(_task("c", "c.txt", after=("b",)),)),
))


async def _write(request: ModelRequest) -> ModelReply:
    """Write the file that the task's title names; `hold` never comes back from b.txt."""
    path = request.messages[0].text.split("Write ", 1)[1].split()[0]
    if turns_so_far(request) > 0:
        return says("Written.", cost_microusd=600_000 if SCRIPT == "costly" else 0)
    if SCRIPT == "hold" and path == "b.txt":
        await asyncio.Event().wait()
    return calls(("write_file", {"path": path, "content": f"{path} 1\n{path} 2\n"}))


def _provider(name: str) -> tuple[Provider, str]:
    if SCRIPT == "broken":
        raise ProviderError("The model does not answer.", hint="Try again later.")
    return ScriptedProvider(plan=PLAN, task=_write), "script"


def _price_the_script() -> None:
    """Make the script a model of the person's own, whose every call may cost 60 cents."""
    file = Paths.from_environment().settings_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        '[job]\nmodel = "script:costly"\n[providers.script]\nwire = "openai"\n'
        'base_url = "http://127.0.0.1:9"\n[models."script:costly"]\nmax_output_tokens = 1000\n'
        'price = { input = 0.0, output = 600.0 }\n')
    registry.source_for = lambda *_, **__: _provider


if __name__ == "__main__":
    registry.provider_for = _provider
    if SCRIPT == "costly":
        _price_the_script()
    main.run()
