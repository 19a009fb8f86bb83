"""What a person types short: which job is meant, and what must never be typed."""

from __future__ import annotations

from pathlib import Path

from support.cockpit_process import Cockpit
from support.repositories import make_repository


def test_a_short_word_means_the_job_of_the_repository_one_stands_in(
        cockpit: Cockpit, tmp_path: Path) -> None:
    other = make_repository(tmp_path / "other", {"README.md": "# Other\n"})
    scripted = cockpit.with_script("files")
    assert scripted.run("run", "Write files", "--approve", "policy", "--until", "plan").code == 0
    elsewhere = Cockpit(cockpit.home, other, "files")
    assert elsewhere.run("run", "Write more", "--approve", "policy", "--until", "plan").code == 0
    assert "#1" in scripted.run("jobs", "show", "last").out
    assert "#2" in elsewhere.run("jobs", "show", "last").out


def test_a_key_on_the_command_line_is_not_said_again(cockpit: Cockpit) -> None:
    refused = cockpit.run("keys", "set", "anthropic", "sk-secret-of-mine")
    assert refused.code == 2
    assert "never goes on the command line" in refused.err
    assert "sk-secret-of-mine" not in refused.err + refused.out
