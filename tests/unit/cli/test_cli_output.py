"""What the command line prints: tables that fit, reports that Markdown cannot be broken out of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from support.scenes import NOW, new_job

from cockpit_tui.cli import config
from cockpit_tui.cli.config_file import set_value
from cockpit_tui.cli.config_values import field_docs, setting_rows, sources_of, stricter_here
from cockpit_tui.cli.jobs_words import job_lines, proof_words, report_markdown, state
from cockpit_tui.cli.lookup import job_number
from cockpit_tui.cli.output import table
from cockpit_tui.config.settings import Settings, load_settings
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.job import JobStatus, WaitingOn
from cockpit_tui.domain.project import Project
from cockpit_tui.domain.task import Proof
from cockpit_tui.domain.view import JobView


def test_a_table_aligns_its_columns() -> None:
    assert table([("#1", "running", "short"), ("#12", "done", "x")],
                 header=("job", "status", "request"), width=80) == [
        "job  status   request", "#1   running  short", "#12  done     x"]


def test_the_widest_column_gives_way_and_nothing_acts() -> None:
    rows = [("#1", "日本語" * 30, "done"), ("#2", "a\x1b[31m\nb", "failed")]
    lines = table(rows, header=("job", "request", "status"), width=40)
    assert max(cell_len(line) for line in lines) <= 40
    assert lines[2] == "#2   a␛[31m␊b" + " " * (40 - 5 - 8 - 6) + "failed"
    assert "…" in lines[1]


@pytest.mark.parametrize(("name", "number"), [
    ("41", 41), ("#41", 41), (" #7 ", 7), ("last", None), ("", None), ("4a", None), ("-1", None),
    ("01M7YYM4JTBRDJV033KV8EECT0", None)])
def test_a_number_names_a_job(name: str, number: int | None) -> None:
    assert job_number(name) == number


def test_waiting_is_part_of_the_state() -> None:
    job = replace(new_job(1), status=JobStatus.BUILDING, waiting_on=WaitingOn.APPROVAL)
    assert state(job) == "building ◆ approval"
    assert state(replace(job, status=JobStatus.CANCELLED)) == "cancelled"


@pytest.mark.parametrize(("exit_code", "words"), [
    (0, "✓ make  (exit 0, 1.2 s, on cccccccccc)"), (2, "✗ make  (exit 2, 1.2 s, on cccccccccc)"),
    (None, "- make  (not run here: no make)")])
def test_what_did_not_run_never_looks_passed(exit_code: int | None, words: str) -> None:
    proof = Proof(command="make", commit="c" * 40, exit_code=exit_code, seconds=1.2,
                  output="no make")
    assert proof_words(proof) == words


def test_a_report_keeps_foreign_text_in_its_place() -> None:
    job = replace(new_job(1), reason="*bold* `code` | [x](y) <b>\x1b[2J")
    project = Project(id=job.project_id, name="p", path="/a`b|c", identity="", added_at=NOW)
    text = "\n".join(report_markdown(JobView(job=job, project=project, review=None, plan=None,
                                             tasks=(), executions=(), approvals=()), (), "", ()))
    assert r"\*bold\* \`code\` \| \[x\](y) \<b\>␛\[2J" in text
    assert "``/a`b\\|c``" in text


def test_a_reason_of_many_lines_is_shown_as_lines_and_not_all_of_them() -> None:
    printed = "\n\n".join(f"line {number}\x1b[2J" for number in range(20))
    job = replace(new_job(1), status=JobStatus.FAILED, reason=f"make fails:\n{printed}")
    project = Project(id=job.project_id, name="p", path="/p", identity="", added_at=NOW)
    lines = job_lines(JobView(job=job, project=project, review=None, plan=None, tasks=(),
                              executions=(), approvals=()), (), now=NOW)
    start = lines.index("  reason   make fails:")
    assert lines[start + 1:start + 13] == [
        *(f"           line {number}␛[2J" for number in range(11)), "           and 9 more lines"]


def test_every_setting_has_its_help() -> None:
    rows = setting_rows(Settings(), {})
    assert [row.key for row in rows if not row.help] == []
    assert field_docs(type(Settings().job))["agents"] == (
        "How many agents of one job work at once.")


def test_setting_a_value_keeps_comments_type_and_privacy(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("# mine\n[job]\nagents = 2  # not many\n")
    set_value(file, "job.agents", "7")
    set_value(file, "gates.push", "deny")
    set_value(file, "limits.budget_usd", "2.5")
    assert file.read_text() == ("# mine\n[job]\nagents = 7  # not many\n\n[gates]\npush = \"deny\""
                                "\n\n[limits]\nbudget_usd = 2.5\n")
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["config.toml"]
    assert load_settings(file, {}).job.agents == 7


@pytest.mark.parametrize(("key", "value"), [
    ("job.agents", "65"), ("job.agents", "many"), ("job.agnts", "1"), ("job", "x"),
    ("gates.plan", "perhaps"), ("screen.mouse", "2"), ("", "")])
def test_a_value_that_does_not_fit_changes_nothing(tmp_path: Path, key: str, value: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[job]\nagents = 2\n")
    with pytest.raises(UsageError):
        set_value(file, key, value)
    assert file.read_text() == "[job]\nagents = 2\n"


def test_the_uppermost_layer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    own = tmp_path / "cockpit" / "config.toml"
    own.parent.mkdir()
    own.write_text("[job]\nagents = 2\nmode = \"frugal\"\n[limits]\nsteps = 9\n")
    (tmp_path / ".cockpit.toml").write_text("[limits]\nsteps = 5\n")
    monkeypatch.setenv("COCKPIT_JOB__AGENTS", "3")
    assert sources_of() == {"job.agents": "COCKPIT_JOB__AGENTS", "job.mode": str(own),
                            "limits.steps": str(own)}
    assert stricter_here(str(tmp_path)) == ["limits.steps = 5"]


def test_lists_and_entries_of_tables_are_set_and_taken_out_again(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = tmp_path / "cockpit" / "config.toml"
    file.parent.mkdir()
    file.write_text("# mine\n[routing] # who works\nproviders = ['xai']\n")
    config.set_key("routing.providers", "groq, openai")
    config.set_key("routing.roles.Tester", "openai:gpt-5.4-mini")
    settings = load_settings(file, {})
    assert (settings.routing.providers, settings.routing.roles) == (
        ("groq", "openai"), {"Tester": "openai:gpt-5.4-mini"})
    config.unset("routing.providers")
    config.unset("routing.roles.Tester")
    assert load_settings(file, {}) == Settings()
    assert file.read_text().startswith("# mine\n[routing] # who works\n")
    assert capsys.readouterr().out.splitlines() == [
        'routing.providers = ["groq", "openai"]', 'routing.roles.Tester = openai:gpt-5.4-mini',
        "routing.providers = []", "routing.roles.Tester = -"]
    for key, problem in (("routing.roles", "one entry"), ("routing.speed", "no setting"),
                         ("job.model.name", "no setting")):
        with pytest.raises(UsageError, match=problem):
            config.set_key(key, "x")
    with pytest.raises(UsageError, match="is not set in"):
        config.unset("job.model")
