"""The command line as a process of its own, with directories of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCRIPTED = Path(__file__).with_name("scripted_cockpit.py")
REAL = ("-c", "from cockpit_tui.cli.main import run; run()")
TIMEOUT = 60


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines; every line must be one."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True)
class Cockpit:
    """`script` None: the product as it is; else a scripted model (`scripted_cockpit.py`)."""

    home: Path
    repository: Path
    script: str | None = "files"
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "VIRTUAL_ENV") if name in os.environ}
        return {**kept, "HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home / "config"),
                "XDG_DATA_HOME": str(self.home / "data"),
                "XDG_CACHE_HOME": str(self.home / "cache"),
                "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "SCRIPT": self.script or "",
                **self.extra}

    def with_script(self, script: str | None, **extra: str) -> Cockpit:
        return Cockpit(self.home, self.repository, script, extra)

    def command(self, *arguments: str) -> list[str]:
        start = REAL if self.script is None else (str(SCRIPTED),)
        return [sys.executable, *start, *arguments]

    def run(self, *arguments: str, before: tuple[str, ...] = ()) -> Ran:
        done = subprocess.run([*before, *self.command(*arguments)], cwd=self.repository,
                              env=self.environment, stdin=subprocess.DEVNULL, check=False,
                              capture_output=True, timeout=TIMEOUT)
        ran = Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in ran.err, ran.err
        return ran

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(self.command(*arguments), cwd=self.repository,
                                env=self.environment, stdin=subprocess.DEVNULL, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    @property
    def database(self) -> Path:
        return self.home / "data" / "cockpit" / "cockpit.db"
