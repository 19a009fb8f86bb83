"""The story, from request to passing tests, on the samples that the product ships."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.offline_driver import OfflineDriver, files

from cockpit_tui.domain.errors import UsageError
from cockpit_tui.samples import SAMPLES, Sample, create_sample

NEW = ("BackendDeveloper", "FrontendDeveloper", "Tester", "DevOpsEngineer")
_PYTHON = tuple(name for stem in ("backend_developer", "devops_engineer", "frontend_developer",
                                  "tester") for name in (f"agents/{stem}.py",
                                                         f"tests/test_{stem}.py"))
_TYPESCRIPT = tuple(path for name in NEW for path in (f"src/agents/{name}.ts",
                                                      f"test/{name}.test.ts"))
EXPECTED = {
    "python": (_PYTHON, ("README.md", "agents/__init__.py", "tests/test_registry.py")),
    "typescript": (_TYPESCRIPT, ("README.md", "src/agents/index.ts", "test/index.test.ts")),
}
TESTED_BY = {"python": "python -m pytest -q", "typescript": "npm test"}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
async def test_four_missing_agents_are_planned_written_registered_and_pass(
        sample: Sample, tmp_path: Path) -> None:
    root = tmp_path / "agents"
    create_sample(sample.kind, root)
    before = files(root)
    driver = OfflineDriver(root)

    plan = await driver.plan(sample.request)

    assert [phase.title for phase in plan.phases] == list(NEW)
    for phase in plan.phases:
        test, its_class, register = phase.tasks
        assert [task.role for task in phase.tasks] == [
            "Tester", "BackendDeveloper", "CodeArchitect"]
        assert test.key in its_class.depends_on
        assert its_class.key in register.depends_on
        assert all(task.acceptance and task.owned_paths for task in phase.tasks)
    assert files(root) == before

    said = await driver.carry_out(plan)

    added, changed = EXPECTED[sample.kind]
    after = files(root)
    assert set(after) - set(before) == set(added)
    assert {path for path in before if after[path] != before[path]} == set(changed)
    assert "want a human eye" in said["Write class DevOpsEngineer"]
    result = driver.run(TESTED_BY[sample.kind])
    assert result.returncode == 0, result.stdout
    assert all(name.encode() in after[changed[1]] for name in NEW)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
def test_a_sample_is_whole_and_its_history_tells_every_file(sample: Sample,
                                                            tmp_path: Path) -> None:
    history = create_sample(sample.kind, tmp_path / "new")

    assert sorted(path for step in history for path in step.paths) == list(files(tmp_path / "new"))
    result = OfflineDriver(tmp_path / "new").run(TESTED_BY[sample.kind])
    assert result.returncode == 0, result.stdout


def test_a_sample_never_goes_into_a_folder_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")

    with pytest.raises(UsageError, match="not an empty directory"):
        create_sample("python", tmp_path)
    with pytest.raises(UsageError, match="no sample 'cobol'"):
        create_sample("cobol", tmp_path / "new")
