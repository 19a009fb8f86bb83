"""`cockpit agents`: who works at what, the roles there are and the tools that each of them holds.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from cockpit_tui.agents.roles import Role, find_roles, role_named
from cockpit_tui.agents.skill_tool import LoadSkill
from cockpit_tui.cli.output import fields, print_json, print_lines, table, tell
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.config.paths import Paths
from cockpit_tui.context.skills import SkillShelf
from cockpit_tui.domain.errors import ProviderError, UsageError
from cockpit_tui.domain.job import JobRequest, Solo
from cockpit_tui.domain.model import RULES_PROFILE, EditFormat
from cockpit_tui.domain.sanitize import sanitize, sanitize_line
from cockpit_tui.engine.routing import STANDARD_CLASS
from cockpit_tui.tools.session import ToolSession

app = App(name="agents", help=NOUNS["agents"])

Json = Annotated[bool, Parameter(help="JSON instead of words.")]
Repo = Annotated[str, Parameter(help="A path in the repository.")]
ApproveChoice = Literal["manual", "policy", "all"]


@app.command(name="list")
def list_agents(*, job: Annotated[str, Parameter(
        help="A job: 41, #41, its id, or last; also one that has ended.")] = "",
        json: Json = False) -> int:
    """The agents of all jobs that have not ended: what each does, and who waits for you first."""
    from cockpit_tui.cli.agents_words import agent_table, agent_wire
    from cockpit_tui.cli.lookup import find_job
    from cockpit_tui.cli.session import reading_session, run_async
    from cockpit_tui.engine.engine import utc_now

    async def work() -> int:
        async with reading_session() as engine:
            found = await find_job(engine, job) if job else None
            views = await engine.agents(found.id if found else None)
        if json:
            print_json([agent_wire(view) for view in views])
        elif views:
            print_lines(agent_table(views, utc_now()))
            if left := sorted({view.job_number for view in views if view.is_left}):
                tell("\nNobody works: the cockpit that did is gone. Go on: "
                     + ", ".join(f"cockpit jobs resume {number}" for number in left))
        else:
            whose = f"Job #{found.number} has no agents." if found else \
                "No job has agents at the moment."
            print_lines([f"{whose} They come with the first task: cockpit run"])
        return 0

    return run_async(work())


@app.command
def terminate(job: Annotated[str, Parameter(help="A job: 41, #41, its id, or last.")],
              agent: Annotated[str, Parameter(help="One of its agents, like a3.")], /, *,
              json: Json = False) -> int:
    """Send an agent away: its step is cut, and its task is ready for another agent, which begins
    it anew. What it wrote lies in the trash. To stop the task too: cockpit tasks cancel."""
    from cockpit_tui.cli.lookup import find_job
    from cockpit_tui.cli.session import engine_session, run_async
    from cockpit_tui.domain.command import TerminateAgent

    async def work() -> int:
        async with engine_session(may_write_letters=True) as engine:
            found = await find_job(engine, job)
            await engine.send(TerminateAgent(job_id=found.id, agent=agent))
        if json:
            print_json({"job": found.number, "agent": agent, "outcome": "terminated"})
        else:
            print_lines([f"{agent} of job #{found.number} was sent away."])
        return 0

    return run_async(work())


@app.command(name="roles")
def list_roles(*, json: Json = False) -> int:
    """The roles that plans give tasks to: the cockpit's, and yours in `agents/*.md` of your
    configuration."""
    found = find_roles(Paths.from_environment())
    if json:
        print_json([_as_json(role) for role in found.roles])
    else:
        print_lines(table([(role.name, _origin(role), role.summary) for role in found.roles],
                          header=("role", "from", "works on")))
    for problem in found.problems:
        tell(sanitize_line(problem))
    return 0


@app.command
def show(what: Annotated[str, Parameter(help="A role, or a job: then name its agent too.")],
         agent: Annotated[str, Parameter(help="One of the job's agents, like a3.")] = "", /, *,
         json: Json = False) -> int:
    """An agent: its task, attempt, files and what waits for it. Or a role: what its agents are
    told of themselves, and the skills they lean to."""
    return _show_agent(what, agent, json=json) if agent else _show_role(what, json=json)


def _show_agent(job: str, name: str, *, json: bool) -> int:
    from cockpit_tui.cli.agents_words import agent_page, agent_wire
    from cockpit_tui.cli.lookup import find_job
    from cockpit_tui.cli.session import reading_session, run_async
    from cockpit_tui.engine.engine import utc_now

    async def work() -> int:
        async with reading_session() as engine:
            found = await find_job(engine, job)
            views = {view.agent.name: view for view in await engine.agents(found.id)}
        if name not in views:
            raise UsageError(f"Job #{found.number} has no agent {sanitize_line(name)!r}.",
                             hint=f"It has: {', '.join(views) or 'none'}.")
        if json:
            print_json(agent_wire(views[name]))
        else:
            print_lines(agent_page(views[name], utc_now()))
        return 0

    return run_async(work())


def _show_role(role: str, *, json: bool) -> int:
    found = role_named(role, Paths.from_environment())
    if json:
        print_json({**_as_json(found), "prompt": found.prompt})
        return 0
    tell("\n".join(fields([("from", sanitize_line(found.place) or _origin(found)),
                           ("works on", sanitize_line(found.summary)),
                           ("skills", ", ".join(found.skills) or "-")])) + "\n")
    print_lines(sanitize(found.prompt).split("\n"))
    return 0


@app.command
def capabilities(*, json: Json = False) -> int:
    """Who holds which tools. An agent's depend on its model, which edits in one of several formats;
    the lead reads or only talks: it has no tool that writes or runs."""
    held = tools_by_role()
    if json:
        print_json(held)
        return 0
    for by_format in {repr(tools): tools for tools in held.values()}.values():
        who = [role for role, tools in held.items() if tools == by_format]
        print_lines([", ".join(who), *fields(
            [(edit_format, ", ".join(tools) or "none")
             for edit_format, tools in _grouped(by_format).items()], indent="  ")])
    tell("\nload_skill is there where the task has a skill to load; cockpit models list --json "
         "names each model's edit format.\nAgents write only inside a task's paths; commands run "
         "contained, without network.")
    return 0


def _grouped(by_format: dict[str, list[str]]) -> dict[str, list[str]]:
    """One line where every format has the same tools."""
    each = list(by_format.values())
    return {"every format": each[0]} if all(tools == each[0] for tools in each) else by_format


@app.command
def spawn(
    role: Annotated[str, Parameter(help="Which kind of agent: see agents roles.")],
    task: Annotated[str, Parameter(help="What it should do.")],
    /,
    *,
    repo: Repo = ".",
    model: Annotated[str | None, Parameter(help="provider:model.")] = None,
    verify: Annotated[tuple[str, ...], Parameter(
        help="A command that must exit with 0 on the commit; may be given several times.")] = (),
    budget: Annotated[float | None, Parameter(help="Dollars it may spend.")] = None,
    approve: Annotated[ApproveChoice | None, Parameter(
        help="Who answers gates: you, the policy, or everything is allowed.")] = None,
    land: Annotated[Literal["none", "branch"] | None, Parameter(
        help="Keep the work in the cockpit's copy, or put a branch into the repository.")] = None,
    record: Annotated[Path | None, Parameter(
        help="Write every exchange with models here; --model replay:FILE plays it.")] = None,
    json: Annotated[bool, Parameter(help="One event a line, the result last.")] = False,
    quiet: Annotated[bool, Parameter(help="Only the result.")] = False,
) -> int:
    """One agent at one task, without review and plan: worktree, tools, proofs, diff and budget as
    always. What lands is a branch `cockpit/<number>-<words>`."""
    from dataclasses import replace

    from cockpit_tui.cli.job_request import build_request
    from cockpit_tui.cli.jobs_terminal import run_job
    from cockpit_tui.cli.session import own_settings, run_async
    from cockpit_tui.domain.command import SubmitJob

    request = build_request(task, own_settings(), model=model, budget=budget, approve=approve,
                            land=land)
    solo = Solo(role=role_named(role, Paths.from_environment()).name, verify=verify)
    _refuse_rules(request, solo)
    command = SubmitJob(repository=repo, request=replace(request, solo=solo))
    return run_async(run_job(command, json=json, quiet=quiet, record=record))


def _refuse_rules(request: JobRequest, solo: Solo) -> None:
    """The offline rules work by a plan that they made themselves, and `spawn` makes none.

    Raises ProviderError."""
    if request.model != RULES_PROFILE.name:
        return
    from cockpit_tui.config.redaction import Redactor
    from cockpit_tui.engine.models import models_of_settings

    router = models_of_settings(Paths.from_environment(), Redactor.from_environment(), None,
                                None).router
    route = router.worker(request, role=solo.role, task_class=STANDARD_CLASS)
    if route.first == RULES_PROFILE:
        raise ProviderError(
            "The offline rules carry out only what they planned themselves, and an agent alone "
            "has no plan.",
            hint="Give it a model: --model NAME, or cockpit models use NAME for good. "
                 "cockpit models list --all shows which there are.")


def tools_by_role() -> dict[str, dict[str, list[str]]]:
    """Role, then edit format, to the names of the tools. Asked from the very sessions that agents
    get, so that it cannot say anything else."""
    with tempfile.TemporaryDirectory(prefix="cockpit-") as folder:
        root = Path(folder).resolve()
        writing = _tools(ToolSession(root, further=(LoadSkill(SkillShelf(())),)))
        reading = _tools(ToolSession(root, read_only=True))
    return {**{role.name: writing for role in find_roles(Paths.from_environment()).roles},
            "lead (reviewer)": reading, "lead (planner)": reading,
            "lead (judge)": {each.value: [] for each in EditFormat}}


def _tools(session: ToolSession) -> dict[str, list[str]]:
    return {each.value: [spec.name for spec in session.specs_for(each)] for each in EditFormat}


def _as_json(role: Role) -> dict[str, object]:
    return {"name": role.name, "summary": role.summary, "skills": list(role.skills),
            "from": _origin(role)}


def _origin(role: Role) -> str:
    return "yours" if role.place else "cockpit"
