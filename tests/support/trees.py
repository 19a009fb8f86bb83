"""Snapshots of trees written down in a test: path → text or bytes, as a commit would hold them."""

from __future__ import annotations

from collections.abc import Mapping

from cockpit_tui.domain.tree import TreeEntry, TreeSnapshot


def tree(files: Mapping[str, str | bytes], *, modes: Mapping[str, str] | None = None,
         unread: Mapping[str, int] | None = None, truncated: str = "") -> TreeSnapshot:
    """`unread`: path → size of files whose content is left out; `modes` where not `100644`."""
    contents = {path: text.encode() if isinstance(text, str) else text
                for path, text in files.items()}
    sizes = {path: len(data) for path, data in contents.items()} | dict(unread or {})
    sizes |= {path: 0 for path in modes or {} if path not in sizes}
    entries = tuple(TreeEntry(path=path, mode=(modes or {}).get(path, "100644"), size=size)
                    for path, size in sorted(sizes.items()))
    return TreeSnapshot(commit="c" * 40, entries=entries, contents=contents, truncated=truncated)


_PYTHON_AGENT = '''"""{name} in one sentence."""

from agents.base import BaseAgent


class {name}(BaseAgent):
    """Does its part."""

    def execute(self, task: str) -> str:
        return "{name}: " + task
'''

_PYTHON_TEST = '''from agents.{module} import {name}


def test_{module}_answers() -> None:
    assert {name}().execute("x") == "{name}: x"
'''

PYTHON_AGENTS: Mapping[str, str] = {
    "README.md": "# Agents\n",
    "LICENSE": "MIT\n",
    ".gitignore": "__pycache__/\n",
    ".github/workflows/ci.yml": "on: push\n",
    "pyproject.toml": '[project]\nname = "agents"\nversion = "1"\ndependencies = ["pydantic>=2"]\n'
                      '[project.scripts]\nagents = "agents.cli:main"\n'
                      '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'
                      "[tool.ruff]\nline-length = 100\n[tool.mypy]\nstrict = true\n",
    "agents/__init__.py": "from agents.base import BaseAgent\n"
                          "from agents.code_architect import CodeArchitect\n"
                          "from agents.backend_developer import BackendDeveloper\n"
                          '__all__ = ["BackendDeveloper", "BaseAgent", "CodeArchitect"]\n',
    "agents/base.py": "from abc import ABC, abstractmethod\n\n\nclass BaseAgent(ABC):\n"
                      "    @abstractmethod\n    def execute(self, task: str) -> str: ...\n",
    "agents/code_architect.py": _PYTHON_AGENT.format(name="CodeArchitect"),
    "agents/backend_developer.py": _PYTHON_AGENT.format(name="BackendDeveloper"),
    "agents/tester.py": _PYTHON_AGENT.format(name="Tester"),
    "agents/registry.py": "from agents.code_architect import CodeArchitect\n"
                          "from agents.tester import Tester\n\n"
                          'ROLES = {"architect": CodeArchitect, "tester": Tester}\n',
    "agents/cli.py": "from agents import registry\n\n\ndef main() -> None:\n"
                     "    print(sorted(registry.ROLES))\n",
    "tests/test_code_architect.py": _PYTHON_TEST.format(module="code_architect",
                                                        name="CodeArchitect"),
    "tests/test_backend_developer.py": _PYTHON_TEST.format(module="backend_developer",
                                                           name="BackendDeveloper"),
}
"""Three agents with one base; Tester has neither a test nor an export from the package."""

TYPESCRIPT_AGENTS: Mapping[str, str] = {
    "README.md": "# Agents\n",
    "package.json": '{"name": "agents", "type": "module", "main": "dist/index.js",\n'
                    ' "scripts": {"test": "vitest run", "typecheck": "tsc --noEmit"},\n'
                    ' "devDependencies": {"vitest": "^3", "typescript": "^5"}}\n',
    "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
    "tsconfig.json": "{ // comments are allowed here\n}\n",
    "src/agents/BaseAgent.ts": "// class Ghost extends Nothing {}\n"
                               "export abstract class BaseAgent<T extends object = {}> {\n"
                               "  abstract execute(task: string): Promise<T>;\n}\n",
    "src/agents/CodeArchitect.ts": "import { BaseAgent } from './BaseAgent.js';\n"
                                   "import type { Plan } from '../types';\n\n"
                                   "export class CodeArchitect extends BaseAgent<Map<string, Plan>>"
                                   "\n  implements Runnable, Named {\n"
                                   '  name = "class Fake extends Error {";\n'
                                   "  async execute(task: string) { return new Map(); }\n}\n",
    "src/agents/Tester.ts": "import { BaseAgent } from './BaseAgent';\n\n"
                            "export default class Tester extends BaseAgent {\n"
                            "  async execute(task: string) { return {}; }\n}\n",
    "src/agents/index.ts": "export { BaseAgent } from './BaseAgent';\n"
                           "export * from './CodeArchitect';\n"
                           "export { default as Tester } from './Tester';\n",
    "src/types.ts": "export interface Plan { steps: string[] }\n",
    "tests/CodeArchitect.test.ts": "import { expect, test } from 'vitest';\n"
                                   "import { CodeArchitect } from '../src/agents';\n\n"
                                   "test('it plans', () => { new CodeArchitect(); });\n",
}
