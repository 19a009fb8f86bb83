"""Scenes: whole states of the cockpit, built from domain types, for tests of faces.

Each function returns a fresh `Scene`: nothing known, empty, a running job, a plan that waits, a
phase's diff that waits, a job that failed, and texts that are long or hostile.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cockpit_tui.domain.agent import AgentView
from cockpit_tui.domain.approval import Approval, Question
from cockpit_tui.domain.boards import LockBoard, QueueBoard
from cockpit_tui.domain.event import (
    AgentMessage,
    AgentStarted,
    ApprovalRequired,
    BudgetExceeded,
    BudgetWarned,
    CodeGenerated,
    EngineStarted,
    JobQueued,
    JobWaiting,
    ModelFellBack,
    ModelRetried,
    Payload,
    PlanGenerated,
    RecordedEvent,
    ReviewComplete,
    TaskFailed,
    TaskStarted,
    TestsComplete,
    ToolCalled,
)
from cockpit_tui.domain.ids import (
    ApprovalId,
    EventId,
    ExecutionId,
    JobId,
    PhaseId,
    PlanId,
    ProjectId,
    TaskId,
)
from cockpit_tui.domain.job import Job, JobRequest, JobStatus, WaitingOn, job_slug
from cockpit_tui.domain.night_report import NightReport
from cockpit_tui.domain.notice import Notice
from cockpit_tui.domain.plan import Estimate, Phase, Plan, Task
from cockpit_tui.domain.policy import Gate, Limits, Risk
from cockpit_tui.domain.project import Project, RepositoryState
from cockpit_tui.domain.queue import NightRules, QueueState
from cockpit_tui.domain.review import (
    CommandFact,
    CommandKind,
    CommitFact,
    Finding,
    LanguageShare,
    LayoutEntry,
    RepositoryFacts,
    Review,
    Severity,
)
from cockpit_tui.domain.task import Execution, ExecutionStatus, Proof, TaskRecord, TaskStatus
from cockpit_tui.domain.usage import TokenUsage
from cockpit_tui.domain.view import JobView
from cockpit_tui.domain.windows import DailyWindow

NOW = datetime(2026, 11, 21, 12, 48, tzinfo=UTC)

DIFF = '''\
diff --git a/src/auth/callback.py b/src/auth/callback.py
index 1111111..2222222 100644
--- a/src/auth/callback.py
+++ b/src/auth/callback.py
@@ -1,4 +1,5 @@
 """Google's answer arrives here."""
+import hmac
 from fastapi import HTTPException, Request, Response
 # Tokens are exchanged here, never in the browser.
 from app.tokens import exchange
@@ -18,5 +19,8 @@ router = APIRouter()
 async def callback(req: Request) -> Response:
-    code = req.query["code"]
+    state = req.cookies.get("oauth_state")
+    if state != req.query["state"]:
+        raise HTTPException(400, "state mismatch")
+    code = req.query.get("code", "")
     resp = RedirectResponse(req.cookies.get("next", "/"))
     resp.set_cookie("session", await exchange(code))
     return resp
diff --git a/tests/test_callback.py b/tests/test_callback.py
new file mode 100644
index 0000000..3333333
--- /dev/null
+++ b/tests/test_callback.py
@@ -0,0 +1,4 @@
+def test_state_must_match(client):
+    client.cookies["oauth_state"] = "one"
+    answer = client.get("/oauth/callback?state=two&code=x")
+    assert answer.status_code == 400
'''


@dataclass
class Scene:
    projects: list[Project] = field(default_factory=list)
    repositories: dict[str, RepositoryState] = field(default_factory=dict)
    views: list[JobView] = field(default_factory=list)
    events: list[RecordedEvent] = field(default_factory=list)
    approval_diffs: dict[ApprovalId, str] = field(default_factory=dict)
    live_diffs: dict[TaskId, str] = field(default_factory=dict)
    job_diffs: dict[JobId, str] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    """Newest first."""
    night: NightReport | None = None
    """What `night_report` says; None: nothing happened."""
    queue: QueueBoard = field(default_factory=lambda: QueueBoard(
        state=QueueState(), rules=NightRules(overnight=DailyWindow.parse("22:00-06:00"))))
    locks: LockBoard = field(default_factory=LockBoard)
    agents: list[AgentView] = field(default_factory=list)
    """In the order to show them."""
    addable: list[Project] = field(default_factory=list)
    """Repositories that `add_project` finds."""


def _project(name: str, path: str) -> Project:
    return Project(id=ProjectId(f"P-{name}"), name=name, path=path, identity=f"git:{path}",
                   added_at=NOW - timedelta(days=9), trusted_at=NOW - timedelta(days=9))


API = _project("api", "/home/ada/src/api")
WEB = _project("web", "/home/ada/src/web")

_COMMITS = (
    CommitFact(sha="4f2c91aa00", subject="Rate limit the public endpoints", author="Ada",
               at="2026-11-20T16:02:00Z"),
    CommitFact(sha="b01dfacead", subject="Answer 404 for unknown teams", author="Ada",
               at="2026-11-19T10:11:00Z"),
    CommitFact(sha="77aa120b31", subject="Move settings into one module", author="Grace",
               at="2026-11-18T09:40:00Z"),
)
_FILES = ("README.md", "pyproject.toml", "src/auth/__init__.py", "src/auth/callback.py",
          "src/auth/store.py", "src/main.py", "tests/test_main.py", "tests/test_store.py")


def empty() -> Scene:
    """Two repositories, nothing was ever asked."""
    state = RepositoryState(path=API.path, name="api", identity=API.identity, branch="main",
                            head="4f2c91aa00", dirty_files=0, recent_commits=_COMMITS,
                            files=_FILES, file_count=len(_FILES))
    web = replace(state, path=WEB.path, name="web", identity=WEB.identity, dirty_files=3,
                  branch="feature/checkout")
    extra = _project("infra", "/home/ada/src/infra")
    return Scene(projects=[API, WEB], addable=[extra],
                 repositories={API.path: state, WEB.path: web,
                               extra.path: replace(state, path=extra.path, name="infra")})


def new_job(number: int, project: Project = API, *, text: str = "",
            request: JobRequest | None = None) -> Job:
    request = request or JobRequest(text=text or "Google login",
                                    limits=Limits(budget_microusd=10_000_000))
    return Job(id=JobId(f"J{number}"), number=number, project_id=project.id, request=request,
               status=JobStatus.QUEUED, waiting_on=WaitingOn.NOTHING,
               branch=f"cockpit/{job_slug(number, request.text)}", base_branch="main",
               base_commit="4f2c91aa00", head_commit="4f2c91aa00", reason="",
               created_at=NOW - timedelta(minutes=50), started_at=None, finished_at=None,
               cost_microusd=0)


def _task(id: str, title: str, role: str, *after: str, minutes: float = 6.0,
          cost: int | None = 500_000, paths: tuple[str, ...] = ("src/**", "tests/**")) -> Task:
    return Task(id=TaskId(id), title=title, role=role, depends_on=tuple(map(TaskId, after)),
                instructions=f"{title}, with tests first. Keep the e-mail login as it is.",
                owned_paths=paths, acceptance=("pytest -q", "ruff check ."),
                estimate=Estimate(minutes=minutes, tokens=60_000, cost_microusd=cost))


def plan(job_id: str = "J41") -> Plan:
    return Plan(
        id=PlanId("L1"), job_id=JobId(job_id), revision=1, author="offline:rules",
        summary="Sign in with Google beside the e-mail login, in three phases.",
        notes=("ruff is not installed here: its check will be shown as not runnable.",),
        phases=(
            Phase(id=PhaseId("F1"), title="Foundations", tasks=(
                _task("T11", "Provider settings", "BackendDeveloper"),
                _task("T12", "Session model", "DatabaseEngineer", "T11", minutes=8),
            )),
            Phase(id=PhaseId("F2"), title="Provider flow", tasks=(
                _task("T21", "Config schema", "BackendDeveloper", "T12"),
                _task("T22", "Token store", "BackendDeveloper", "T12", minutes=11),
                _task("T23", "Callback", "BackendDeveloper", "T21", minutes=9),
                _task("T24", "Session glue", "BackendDeveloper", "T22", "T23"),
                _task("T26", "Contract tests", "Tester", "T21", minutes=8),
            )),
            Phase(id=PhaseId("F3"), title="UI and docs", tasks=(
                _task("T31", "Login button", "FrontendDeveloper", "T21", minutes=7,
                      paths=("web/**",)),
                _task("T32", "End-to-end test", "Tester", "T24", "T31", minutes=12),
                _task("T33", "Docs page", "FrontendDeveloper", "T31", cost=None),
            )),
        ))


def review() -> Review:
    facts = RepositoryFacts(
        commit="4f2c91aa00", file_count=84, total_bytes=412_000,
        languages=(LanguageShare(name="Python", files=61, lines=7_420),
                   LanguageShare(name="TypeScript", files=14, lines=1_980)),
        layout=(LayoutEntry(path="src/", files=40, role="source"),
                LayoutEntry(path="tests/", files=21, role="tests"),
                LayoutEntry(path="web/", files=14, role="source")),
        commands=(CommandFact(kind=CommandKind.TEST, command="pytest -q", source="pyproject.toml"),
                  CommandFact(kind=CommandKind.LINT, command="ruff check .", runnable=False,
                              source="pyproject.toml", reason="ruff is not installed")),
        entry_points=("src/main.py",), frameworks=("fastapi",), conventions=("tests beside src",),
        instructions=("AGENTS.md",), recent_commits=_COMMITS, commits_last_90_days=57)
    return Review(
        facts=facts, author="offline:rules",
        summary="A FastAPI service with a small TypeScript front end; logins live in src/auth.",
        patterns=("EmailLogin extends LoginProvider, tested by tests/test_store.py",),
        architecture="web/ ──> src/main.py ──> src/auth/ ──> database",
        findings=(
            Finding(severity=Severity.HIGH, title="Tokens are stored in plain text",
                    detail="TokenStore.put writes the refresh token as it came.",
                    path="src/auth/store.py", line=42),
            Finding(severity=Severity.MEDIUM, title="The callback has no state check",
                    path="src/auth/callback.py", line=18),
            Finding(severity=Severity.INFO, title="No CI workflow"),
        ))


_FILES_OF_23 = ("src/auth/callback.py", "tests/test_callback.py")
_STATUS = {"T11": TaskStatus.DONE, "T12": TaskStatus.DONE, "T21": TaskStatus.DONE,
           "T22": TaskStatus.RUNNING, "T23": TaskStatus.JUDGING, "T26": TaskStatus.VERIFYING}


def _records(of: Plan, statuses: dict[str, TaskStatus]) -> tuple[TaskRecord, ...]:
    out = []
    for index, phase in enumerate(of.phases):
        for task in phase.tasks:
            status = statuses.get(task.id, TaskStatus.PENDING)
            begun = status not in {TaskStatus.PENDING, TaskStatus.READY, TaskStatus.SKIPPED}
            out.append(TaskRecord(
                id=task.id, job_id=of.job_id, phase_id=phase.id, phase_index=index,
                number=of.number(task.id), title=task.title, role=task.role, status=status,
                attempts=int(begun), commit="c0ffee12" if status is TaskStatus.DONE else "",
                files=_FILES_OF_23 if task.id == "T23" else (),
                cost_microusd=310_000 if begun else 0,
                started_at=NOW - timedelta(minutes=9) if begun else None,
                finished_at=NOW - timedelta(minutes=3) if status.is_final and begun else None))
    return tuple(out)


def _execution(task: str, role: str, at: timedelta) -> Execution:
    return Execution(id=ExecutionId(f"X{task}"), job_id=JobId("J41"), task_id=TaskId(task),
                     attempt=1, role=role, model_asked="offline:rules", model_used="offline:rules",
                     status=ExecutionStatus.RUNNING, worktree=f"wt-{task}", steps=4,
                     usage=TokenUsage(input=52_000, output=3_100), cost_microusd=310_000,
                     reason="", started_at=NOW - at, finished_at=None)


def _events(*entries: tuple[int, str | None, Payload], first: int = 1) -> list[RecordedEvent]:
    """`(seconds before now, task id, payload)` as recorded events of job 41."""
    return [RecordedEvent(seq=seq, id=EventId(f"E{seq}"), at=NOW - timedelta(seconds=ago),
                          payload=payload, job_id=JobId("J41"), execution_id=None,
                          task_id=TaskId(task) if task else None, correlation_id="J41")
            for seq, (ago, task, payload) in enumerate(entries, first)]


def _log(model: str = "offline:rules") -> list[RecordedEvent]:
    return _events(
        (3100, None, EngineStarted(version="0.1.0", pid=812)),
        (3000, None, JobQueued(number=41, request="Google login",
                               branch="cockpit/41-google-login")),
        (2900, None, ReviewComplete(files=84, findings=3, summary="A FastAPI service")),
        (2700, None, PlanGenerated(revision=1, phases=3, tasks=10, summary="In three phases")),
        (540, "T22", TaskStarted(number="2.2", title="Token store", role="BackendDeveloper",
                                 attempt=1)),
        (539, "T22", AgentStarted(agent="a2", role="BackendDeveloper", model=model)),
        (300, "T22", ToolCalled(agent="a2", tool="write", summary="write src/auth/store.py")),
        (290, "T22", CodeGenerated(agent="a2", path="src/auth/store.py", added=27, removed=4)),
        (120, "T23", TestsComplete(command="pytest -q", commit="c0ffee12", exit_code=0,
                                   seconds=3.2, summary="41 passed")),
        (7, "T22", AgentMessage(agent="a2",
                                text="The expiry compares naive and aware datetimes.")),
    )


def running() -> Scene:
    """Job 41 builds: three tasks done, three at work, nothing waits for the person."""
    scene = empty()
    job = replace(new_job(41), status=JobStatus.BUILDING, cost_microusd=3_420_000,
                  started_at=NOW - timedelta(minutes=50))
    of = plan()
    scene.views = [
        _finished_view(),
        JobView(job=job, project=API, review=review(), plan=of, tasks=_records(of, _STATUS),
                executions=(_execution("T22", "BackendDeveloper", timedelta(minutes=4)),
                            _execution("T23", "BackendDeveloper", timedelta(minutes=3)),
                            _execution("T26", "Tester", timedelta(minutes=1))),
                approvals=()),
    ]
    scene.events = _log()
    scene.live_diffs = {TaskId("T22"): DIFF}
    return scene


def _finished_view() -> JobView:
    job = replace(new_job(40, text="Rate limits"), status=JobStatus.COMPLETED,
                  head_commit="beef0001", cost_microusd=2_100_000,
                  started_at=NOW - timedelta(hours=20), finished_at=NOW - timedelta(hours=19))
    return JobView(job=job, project=API, review=None, plan=None, tasks=(), executions=(),
                   approvals=())


def plan_approval() -> Approval:
    return Approval(
        id=ApprovalId("A-plan"), job_id=JobId("J41"), task_id=None, key="plan:1", holds_up=10,
        asked_at=NOW - timedelta(minutes=6),
        question=Question(gate=Gate.PLAN, title="Plan of 10 tasks in 3 phases",
                          detail="Approving lets the agents start and run: pytest -q, ruff check .",
                          action={"revision": 1}, risk=Risk.LOW,
                          reasons=("manual approval asks before work starts",)))


def waiting_plan() -> Scene:
    """The plan of job 41 waits; nothing else runs."""
    scene = running()
    job = replace(scene.views[1].job, status=JobStatus.PLANNING, cost_microusd=120_000,
                  waiting_on=WaitingOn.APPROVAL)
    scene.views[1] = replace(scene.views[1], job=job, tasks=(), executions=(),
                             approvals=(plan_approval(),))
    scene.events = scene.events[:4] + _events(
        (360, None, ApprovalRequired(approval_id=ApprovalId("A-plan"), gate="plan", risk="low",
                                     title="Plan of 10 tasks in 3 phases")), first=5)
    return scene


def phase_approval(risk: Risk = Risk.MED) -> Approval:
    return Approval(
        id=ApprovalId("A-diff"), job_id=JobId("J41"), task_id=None, key="phase/2/approve/1",
        asked_at=NOW - timedelta(minutes=2), holds_up=3,
        question=Question(
            gate=Gate.PHASE, title="Phase 2: Provider flow", risk=risk,
            action={"phase": 2, "base": "4f2c91aa", "head": "c0ffee12", "round": 1},
            detail="2 files +9 -1 · 5 of 10 checks passed, 5 could not run here\n"
                   "2.1 Config schema\n2.2 Token store\n2.3 Callback",
            reasons=("a phase's diff is approved before it lands on the branch",
                     "not proven here: ruff check .")))


def command_approval(risk: Risk = Risk.MED) -> Approval:
    return Approval(
        id=ApprovalId("A-cmd"), job_id=JobId("J42"), task_id=TaskId("T11"), key="command:T11:1",
        asked_at=NOW - timedelta(seconds=40), holds_up=1,
        question=Question(gate=Gate.COMMAND, title="a3 asks: npm install passport-google@1.4",
                          detail="npm install passport-google@1.4", risk=risk,
                          action={"command": "npm install passport-google@1.4", "task": "T11"},
                          reasons=("npm install is not one of the plan's commands",)))


def waiting_diff(risk: Risk = Risk.MED) -> Scene:
    """The diff of phase 2 waits, and in another job an agent asks for a command."""
    scene = running()
    view = scene.views[1]
    statuses = {task.id: TaskStatus.DONE for task in plan().phases[0].tasks} | {
        task.id: TaskStatus.AWAITING_APPROVAL for task in plan().phases[1].tasks}
    proofs = (Proof(command="pytest -q", commit="c0ffee12", exit_code=0, seconds=3.2,
                    output="41 passed"),
              Proof(command="ruff check .", commit="c0ffee12", exit_code=None, seconds=0.0,
                    output="ruff is not installed"))
    tasks = tuple(replace(t, proofs=proofs, commit="c0ffee12")
                  if t.status is TaskStatus.AWAITING_APPROVAL else t
                  for t in _records(plan(), statuses))
    scene.views[1] = replace(
        view, job=replace(view.job, waiting_on=WaitingOn.APPROVAL, cost_microusd=4_380_000,
                          request=replace(view.job.request, model=SONNET)),
        tasks=tasks, approvals=(phase_approval(risk),), executions=())
    scene.events = _log(HAIKU)
    scene.approval_diffs = {ApprovalId("A-diff"): DIFF}
    asked = JobRequest(text="Passport in the shop", model=SONNET)
    other = replace(new_job(42, WEB, request=asked), status=JobStatus.BUILDING,
                    waiting_on=WaitingOn.APPROVAL, started_at=NOW - timedelta(minutes=12))
    scene.views.append(JobView(
        job=other, project=WEB, review=review(), plan=plan("J42"), executions=(),
        tasks=_records(plan("J42"), {"T11": TaskStatus.RUNNING}),
        approvals=(command_approval(),)))
    return scene


SONNET, HAIKU = "anthropic:claude-sonnet-4-5", "anthropic:claude-haiku-4-5"
BUDGET_REASON = ("This job's budget of $10.00 does not allow the next model call: $9.71 is spent, "
                 "the call costs up to $0.42.")


def paid() -> Scene:
    """Job 41 with models that cost: one swapped, one with caches, one whose price is unknown."""
    scene = running()
    view = scene.views[1]
    request = replace(view.job.request, model=SONNET)
    usage = TokenUsage(input=182_000, output=9_400, cache_read=141_000, reasoning=2_100)
    executions = tuple(
        replace(e, model_asked=HAIKU, model_used=SONNET if e.task_id == "T22" else HAIKU,
                usage=usage) for e in view.executions)
    done = replace(_execution("T21", "BackendDeveloper", timedelta(minutes=9)), steps=7,
                   model_asked=HAIKU, model_used=HAIKU + "-20251001", cost_microusd=120_000,
                   usage=TokenUsage(input=52_000, output=3_100),
                   status=ExecutionStatus.FAILED, reason="pytest -q failed")
    again = replace(done, id=ExecutionId("XT21b"), attempt=2, model_asked=SONNET,
                    model_used=SONNET, usage=usage, cost_microusd=610_000,
                    status=ExecutionStatus.COMPLETED)
    tasks = tuple(
        replace(t, attempts=2, cost_microusd=730_000, files=_FILES_OF_23) if t.id == "T21" else
        replace(t, cost_microusd=None) if t.id == "T26" else t for t in view.tasks)
    scene.views[1] = replace(
        view, tasks=tasks, executions=(done, again, *executions),
        job=replace(view.job, request=request, cost_microusd=8_420_000))
    scene.events = [*scene.events, *_events(
        (5, "T22", ModelRetried(agent="a2", model=HAIKU, attempt=2, wait_seconds=4.0,
                                reason="the provider is overloaded (529)")),
        (4, "T22", ModelFellBack(agent="a2", asked=HAIKU, used=SONNET,
                                 reason="3 attempts got no answer")),
        (2, "T22", BudgetWarned(scope="job", spent_microusd=8_420_000,
                                budget_microusd=10_000_000)), first=11)]
    return scene


def expensive_approval() -> Approval:
    return Approval(
        id=ApprovalId("A-dear"), job_id=JobId("J41"), task_id=TaskId("T22"), key="T22/7/expensive",
        asked_at=NOW - timedelta(seconds=50), holds_up=2,
        question=Question(
            gate=Gate.EXPENSIVE, risk=Risk.MED,
            title=f"a2 asks {SONNET}: up to $1.80 in one call",
            detail=f"A task call of a2 to {SONNET}.", action={"model": SONNET, "step": "7"},
            reasons=("one call may cost more than $1.00",)))


def budget_approval(task: str | None = None) -> Approval:
    whose, otherwise = ("task's", "the task fails") if task else ("job's", "the job stops")
    return Approval(
        id=ApprovalId("A-money"), job_id=JobId("J41"), task_id=TaskId(task) if task else None,
        key=f"budget/{task or 'job'}/10000000", asked_at=NOW - timedelta(seconds=20), holds_up=1,
        question=Question(
            gate=Gate.BUDGET, risk=Risk.MED, title=f"Raise the {whose} budget of $10.00 to $20.26?",
            detail=f"{BUDGET_REASON}\nYes: up to $20.26 in all may be spent, and the work goes "
                   f"on. No: {otherwise}.",
            action={"before_microusd": 10_000_000, "after_microusd": 20_260_000, "task": task},
            reasons=("$9.71 is spent, the next call may cost up to $0.42",)))


def asking_budget() -> Scene:
    """Job 41 asks for a higher budget while its other agents wait."""
    scene = paid()
    view = scene.views[1]
    scene.views[1] = replace(view, approvals=(budget_approval(),), job=replace(
        view.job, waiting_on=WaitingOn.APPROVAL, cost_microusd=9_710_000))
    return scene


def waiting_money() -> Scene:
    """Job 41 stopped at its budget; in it nothing is asked."""
    scene = paid()
    view = scene.views[1]
    scene.views[1] = replace(view, job=replace(
        view.job, waiting_on=WaitingOn.BUDGET, reason=BUDGET_REASON, cost_microusd=9_710_000))
    scene.events = [*scene.events, *_events(
        (1, "T22", BudgetExceeded(spent_microusd=9_710_000, budget_microusd=10_000_000)),
        (1, None, JobWaiting(waiting_on="budget", reason=BUDGET_REASON)), first=14)]
    return scene


def asking_money() -> Scene:
    """Job 41 asks for one dear call, and job 42 stopped at its budget."""
    scene = paid()
    scene.views[1] = replace(scene.views[1], approvals=(expensive_approval(),))
    other = replace(new_job(42, WEB, text="Passport in the shop"), status=JobStatus.BUILDING,
                    waiting_on=WaitingOn.BUDGET, reason=BUDGET_REASON, cost_microusd=9_710_000,
                    started_at=NOW - timedelta(minutes=12))
    scene.views.append(JobView(job=other, project=WEB, review=review(), plan=plan("J42"),
                               executions=(), approvals=(),
                               tasks=_records(plan("J42"), {"T11": TaskStatus.RUNNING})))
    return scene


def failed() -> Scene:
    """Job 41 ended because a task's checks failed three times."""
    scene = running()
    view = scene.views[1]
    reason = "2.2 Token store: pytest -q failed in all 3 rounds"
    statuses = _STATUS | {"T22": TaskStatus.FAILED, "T23": TaskStatus.DONE,
                          "T26": TaskStatus.DONE, "T24": TaskStatus.SKIPPED,
                          "T31": TaskStatus.SKIPPED, "T32": TaskStatus.SKIPPED,
                          "T33": TaskStatus.SKIPPED}
    proof = Proof(command="pytest -q", commit="badc0de1", exit_code=1, seconds=4.0,
                  output="FAILED tests/test_store.py::test_expiry - TypeError: can't compare "
                         "offset-naive and offset-aware datetimes\n1 failed, 40 passed")
    tasks = tuple(
        replace(t, reason="pytest -q failed in all 3 rounds", proofs=(proof,), attempts=3)
        if t.id == "T22" else
        replace(t, reason="2.2 failed") if t.status is TaskStatus.SKIPPED else t
        for t in _records(plan(), statuses))
    scene.views[1] = replace(
        view, tasks=tasks, executions=(),
        job=replace(view.job, status=JobStatus.FAILED, reason=reason, finished_at=NOW))
    scene.events = [*scene.events, *_events(
        (2, "T22", TaskFailed(number="2.2", title="Token store",
                              reason="pytest -q failed in all 3 rounds")), first=11)]
    return scene


def long_texts() -> Scene:
    """Names too long for any pane, double-width letters, control characters and markup."""
    scene = waiting_diff()
    hostile = "[/bold] Ärger \x1b[31mrot\x1b[0m 日本語の長い題名 " + "very long words " * 12
    view = scene.views[1]
    renamed = replace(plan(), summary=hostile, phases=tuple(
        replace(phase, title=hostile, tasks=tuple(replace(t, title=hostile) for t in phase.tasks))
        for phase in plan().phases))
    asked = phase_approval()
    scene.views[1] = replace(
        view, plan=renamed, tasks=tuple(replace(t, title=hostile) for t in view.tasks),
        job=replace(view.job, request=JobRequest(text=hostile)),
        approvals=(replace(asked, question=replace(asked.question, title=hostile,
                                                   detail=hostile * 4)),))
    name = replace(API, name="[red]" + "a-very-long-repository-name" * 3)
    scene.projects[0] = name
    return scene
