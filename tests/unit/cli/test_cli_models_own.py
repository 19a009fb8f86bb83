"""What `models` and `keys` say of own endpoints: named, used, keyless, sharing a key."""

from __future__ import annotations

from pathlib import Path

import pytest

from cockpit_tui.cli import keys, models
from cockpit_tui.cli.models_rows import model_rows
from cockpit_tui.cli.models_session import OwnModels

SETTINGS = """
[job]
model = "fakea:big"
[routing]
providers = ["xai"]
fallback = ["fakeb:spare"]
roles = { Tester = "fakea:tests" }
[providers.fakea]
wire = "anthropic"
base_url = "http://127.0.0.1:9"
api_key_env = "FAKE_KEY"
[providers.fakeb]
base_url = "http://127.0.0.1:9/v1"
api_key_env = "FAKE_KEY"
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path))
    monkeypatch.setenv("FAKE_KEY", "k" * 20)
    monkeypatch.delenv("XAI_API_KEY", raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    (tmp_path / "cockpit").mkdir()
    (tmp_path / "cockpit" / "config.toml").write_text(SETTINGS)


async def test_own_models_are_listed_that_are_named_or_were_used_and_the_lead_is_marked() -> None:
    rows = await model_rows(OwnModels.load(), ("fakeb:once", "gone:away", "xai:unheard-of"))
    mine = {row.profile.name: row for row in rows if row.profile.provider not in {
        entry.profile.provider for entry in OwnModels.load().catalogue.entries}}
    assert list(mine) == ["fakea:big", "fakeb:spare", "fakea:tests", "fakeb:once", "offline:rules"]
    assert [name for name, row in mine.items() if row.is_lead] == ["fakea:big"]
    assert mine["fakea:big"].cells[0] == "fakea:big (lead)"
    assert not [row for row in rows if row.profile.name == "xai:unheard-of"]


def test_the_route_says_whose_models_are_left_out_for_want_of_a_key(
        capsys: pytest.CaptureFixture[str]) -> None:
    assert models.why(task_class="standard") == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "There is no key for xAI. Its models are left out: cockpit keys set xai, or set "
        "XAI_API_KEY.")


def test_a_variable_that_two_endpoints_take_is_told_as_shared(
        capsys: pytest.CaptureFixture[str]) -> None:
    assert keys.list_keys() == 0
    out = capsys.readouterr().out
    assert "variable FAKE_KEY, shared with fakeb" in out
    assert "variable FAKE_KEY, shared with fakea" in out
