"""Settings in layers; a project's own file may only tighten."""

from __future__ import annotations

from pathlib import Path

import pytest

from cockpit_tui.config.redaction import Redactor
from cockpit_tui.config.settings import Settings, load_settings, tighten
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.job import JobRequest, Mode
from cockpit_tui.domain.policy import Gate, Limits, Policy, Verdict


def test_the_environment_stands_above_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[job]\nmode = "frugal"\nagents = 2\n[gates]\npush = "deny"\n')
    settings = load_settings(file, {"COCKPIT_JOB__AGENTS": "6", "OTHER": "x"})
    assert (settings.job.mode, settings.job.agents) == (Mode.FRUGAL, 6)
    assert settings.gates == {Gate.PUSH: Verdict.DENY}


def test_no_file_means_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.toml", {}) == Settings()


@pytest.mark.parametrize(("text", "message"), [
    ("[job]\nagents = 0", "job.agents"), ("[job]\nspeed = 1", "job.speed"),
    ("[job", "not valid TOML"), ('[gates]\nplan = "maybe"', "gates.plan"),
])
def test_what_does_not_fit_names_its_place(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=message):
        load_settings(file, {})


@pytest.mark.parametrize("text", [
    'api_key = "hunter2-hunter2"', '[provider.home]\nkey = "hunter2-hunter2"',
    '[providers.home]\nkey = "hunter2-hunter2"',
    '[providers.home]\nheaders = {Authorization = "hunter2-hunter2\\n"}',
    '[job]\nkey = "hunter2-hunter2"',
])
def test_what_may_be_a_key_in_the_wrong_place_is_not_repeated(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as refused:
        load_settings(file, {})
    assert "hunter2" not in f"{refused.value} {refused.value.hint}"


def test_a_project_tightens_and_never_loosens(tmp_path: Path) -> None:
    mine = JobRequest(text="x", policy=Policy(verdicts={Gate.PUSH: Verdict.ASK}),
                      limits=Limits(minutes_per_execution=20))
    (tmp_path / ".cockpit.toml").write_text(
        '[gates]\npush = "deny"\ncommand = "allow"\nplan = "ask"\n'
        "[limits]\nminutes = 90\nsteps = 5\nbudget_usd = 1.5\nexpensive_usd = 0.25\n")
    assert tighten(mine, tmp_path) == JobRequest(
        text="x", policy=Policy(verdicts={Gate.PUSH: Verdict.DENY, Gate.PLAN: Verdict.ASK}),
        limits=Limits(minutes_per_execution=20, steps_per_execution=5, budget_microusd=1_500_000,
                      expensive_microusd=250_000))


def test_a_project_without_a_file_changes_nothing(tmp_path: Path) -> None:
    assert tighten(JobRequest(text="x"), tmp_path) == JobRequest(text="x")


def test_a_project_may_not_bound_what_other_projects_spend(tmp_path: Path) -> None:
    (tmp_path / ".cockpit.toml").write_text("[limits]\ndaily_budget_usd = 1\n")
    with pytest.raises(UsageError, match="over all projects"):
        tighten(JobRequest(text="x"), tmp_path)


@pytest.mark.parametrize("text", ['[job]\nmodel = "evil:model"', '[screen]\ntheme = "x"'])
def test_a_project_may_not_choose_models_or_anything_else(tmp_path: Path, text: str) -> None:
    (tmp_path / ".cockpit.toml").write_text(text)
    with pytest.raises(UsageError, match="may hold only"):
        tighten(JobRequest(text="x"), tmp_path)


def test_secrets_go_by_value_and_by_pattern() -> None:
    redactor = Redactor.from_environment({"MY_API_KEY": "hunter2hunter2", "PATH": "/usr/bin"})
    text = f"hunter2hunter2 /usr/bin sk-ant-{'a' * 30} ghp_{'b' * 36} short"
    assert redactor.redact(text) == "[redacted] /usr/bin [redacted] [redacted] short"
    pem = "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----"
    assert redactor.redact(f"x {pem} y") == "x [redacted] y"


def test_a_wrong_variable_is_named_and_not_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[job]\nagents = 2\n")
    with pytest.raises(UsageError, match=r"environment \(COCKPIT_JOB__AGNTS\): job.agnts"):
        load_settings(file, {"COCKPIT_JOB__AGNTS": "7"})
    file.write_text("[job]\nagents = 0\n")
    with pytest.raises(UsageError, match=r"config\.toml: job\.agents"):
        load_settings(file, {"COCKPIT_JOB__AGNTS": "7"})
