"""What the doctor tells to type is right where it is read."""

from __future__ import annotations

import sys

import pytest

from cockpit_tui.cli import doctor_checks
from cockpit_tui.cli.doctor_checks import State
from cockpit_tui.config import key_file


def test_the_terminals_hint_does_not_name_the_doctor_itself(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_checks.sys.stdout, "isatty", lambda: False)
    check = doctor_checks._terminal()
    assert (check.state, check.command) == (State.LIMITED, "")
    assert "in a terminal itself" in check.adds


@pytest.mark.parametrize(("has_pip", "begins"), [
    (True, f"{sys.executable} -m pip install"),
    (False, f"uv pip install --python {sys.executable}")])
def test_packages_go_into_the_python_that_runs(
        has_pip: bool, begins: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_file, "find_spec", lambda name: object() if has_pip else None)
    assert key_file.install_command() == f"{begins} keyring cryptography"
