"""A GitHub Actions workflow as text.

Format: docs.github.com, "Workflow syntax for GitHub Actions". Written by hand and not by a YAML
library, because a person reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_PLAIN = re.compile(r"[A-Za-z0-9./](?:(?!: | #)[^\n\r])*(?<![:\s])")

_HEAD = """\
name: {name}

on:
  push:
    branches: [main, master]
  pull_request:

permissions:
  contents: read

concurrency:
  group: {group}-${{{{ github.ref }}}}
  cancel-in-progress: true

jobs:
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Either an action (`uses`, with its inputs) or a shell command (`name`, `run`)."""

    uses: str = ""
    inputs: tuple[tuple[str, str], ...] = ()
    name: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowJob:
    key: str
    steps: tuple[Step, ...]
    matrix: tuple[str, tuple[str, ...]] | None = None
    """(variable, versions); None for a single run."""
    environment: tuple[tuple[str, str], ...] = ()


CHECKOUT = Step(uses="actions/checkout@v5")


def render_workflow(name: str, jobs: Iterable[WorkflowJob]) -> str:
    text = _HEAD.format(name=name, group=name.lower())
    return text + "\n".join(_render_job(job) for job in jobs)


def _render_job(job: WorkflowJob) -> str:
    lines = [f"  {job.key}:", "    runs-on: ubuntu-latest", "    timeout-minutes: 20"]
    if job.matrix is not None:
        variable, versions = job.matrix
        listed = ", ".join(f'"{version}"' for version in versions)
        lines += ["    strategy:", "      fail-fast: false", "      matrix:",
                  f"        {variable}: [{listed}]"]
    if job.environment:
        lines += ["    env:", *(f"      {name}: {value}" for name, value in job.environment)]
    lines.append("    steps:")
    for step in job.steps:
        lines += _render_step(step)
    return "\n".join(lines) + "\n"


def _render_step(step: Step) -> list[str]:
    if step.uses:
        lines = [f"      - uses: {step.uses}"]
        if step.inputs:
            lines.append("        with:")
            lines += [f"          {key}: {value}" for key, value in step.inputs]
        return lines
    lines = [f"      - name: {step.name}"]
    if _PLAIN.fullmatch(step.run):
        return [*lines, f"        run: {step.run}"]
    return [*lines, "        run: |", *(f"          {line}" for line in step.run.splitlines())]
