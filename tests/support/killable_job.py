"""A process that runs one job to its end, made to be killed: started again it goes on.

    python killable_job.py REPOSITORY EFFECT_LOG

Prints the job's status and ends with 0 once it is completed. Every effect that the outside world
would notice is appended to EFFECT_LOG with O_APPEND, outside the ledger: the oracle of the tests.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.drafts import PhaseDraft, PlanDraft, TaskDraft
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.engine.engine import open_engine
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far


def task(key: str, *after: str) -> TaskDraft:
    path = f"{key}.txt"
    return TaskDraft(key=key, title=f"Write {path}", instructions=f"write {path}",
                     role="BackendDeveloper", depends_on=after, owned_paths=(path, "log.txt"),
                     acceptance=(f"test -s {path}", f"grep -c {key} {path}"),
                     commands=(f"sort -o {path} {path}",))


PLAN = PlanDraft(summary="Six files.", phases=(
    PhaseDraft(title="First", tasks=(task("a"), task("b"), task("c", "a"))),
    PhaseDraft(title="Second", tasks=(task("d", "a"), task("e"), task("f", "d", "e"))),
))


def agent(log: Path) -> ScriptedProvider:
    def answer(request: ModelRequest) -> ModelReply:
        path = request.messages[0].text.split("Write ", 1)[1].split()[0]
        turn = turns_so_far(request)
        note(log, f"model {path} {turn}")
        steps = [
            calls(("write_file", {"path": path, "content": f"z {path}\n"}), turn=1),
            calls(("edit_file", {"path": path, "old_string": f"z {path}",
                                 "new_string": f"z {path}\na {path[0]}"}), turn=2),
            calls(("run_command", {"command": f"sort -o {path} {path}"}), turn=3),
            says("Written."),
        ]
        return steps[turn]

    return ScriptedProvider(plan=PLAN, task=answer)


def note(log: Path, line: str) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)


async def main(repository: str, log: Path) -> int:
    provider = agent(log)
    async with open_engine(Paths.from_environment(), is_attended=False,
                           provider_source=lambda _: (provider, "script")) as engine:
        known = await engine.jobs(limit=1)
        if known:
            job = known[0]
            await engine.resume_unfinished()
        else:
            submitted = await engine.send(SubmitJob(repository=repository, request=JobRequest(
                text="Write six files", policy=Policy(approve=ApproveMode.ALL))))
            assert submitted is not None
            job = submitted
        if not job.status.is_final:
            end = await engine.wait(job.id)
            job = end.job
        print(job.status.value, job.reason)  # noqa: T201
        return 0 if job.status.value == "completed" else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1], Path(sys.argv[2]))))
