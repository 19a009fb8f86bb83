"""Steering jobs, and the repositories they work on."""

from __future__ import annotations

from cockpit_tui.ui.actions.action import Scope, define
from cockpit_tui.ui.actions.conditions import (
    needs_landed_job,
    needs_parked_job,
    needs_repository,
    needs_running_job,
    needs_stopped_job,
    needs_writing,
)

_H, _R = Scope.HOME, Scope.RUN

JOBS = (
    define("run.retry", "R", "retry", "Try the failed tasks of the job again.", _H, "retry_job", 30,
           needs_stopped_job),
    define("run.budget", "b", "go on…", "Go on with a job that stopped, with more money if it "
           "needs.", _H, "resume_with_budget", 3, needs_parked_job),
    define("job.undo", "", "undo job", "Take the job's branch out of your repository again.", _H,
           "undo_job", 100, needs_landed_job),
    define("run.pause", "p", "pause", "Pause this task, or the job, after its step; again: go on.",
           _R, "pause", 33, needs_running_job),
    define("run.pause_all", "P", "pause all", "Pause every job and the queue; again: all go on.",
           _H, "pause_all", 100, needs_writing),
    define("run.stop", "X", "stop job", "Stop the job. Asks for y; what landed stays.", _R,
           "stop_job", 64, needs_running_job),

    define("repos.add", "o", "add a folder", "Add a repository by its path.", Scope.REPOS,
           "add_repository", 30),
    define("repos.remove", "D", "forget", "Forget this repository; nothing on disk changes.",
           Scope.REPOS, "remove_repository", 100, needs_repository),
    define("repos.trust", "", "trust", "Allow commands of this repository to be run.", Scope.REPOS,
           "trust_repository", 100, needs_repository),
)
