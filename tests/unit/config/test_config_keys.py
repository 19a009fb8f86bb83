"""Keys: found in order, kept safely, never shown, and known to the redactor."""

from __future__ import annotations

import json
import stat
import time
from pathlib import Path

import pytest
from keyring.errors import NoKeyringError

from cockpit_tui.config.catalogue_data import shipped_providers
from cockpit_tui.config.keys import KeyInfo, KeyPlace, KeyStore
from cockpit_tui.config.redaction import REDACTED, Redactor
from cockpit_tui.domain.errors import CockpitError, CredentialsRefused, UsageError

ANTHROPIC, GROQ, XAI = (shipped_providers()[name] for name in ("anthropic", "groq", "xai"))
KEY, OTHER = "sk-ant-" + "k" * 20 + "1234", "gsk_" + "g" * 20 + "5678"


class MemoryRing:
    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str, /) -> str | None:
        return self.held.get((service, name))

    def set_password(self, service: str, name: str, value: str, /) -> None:
        self.held[service, name] = value

    def delete_password(self, service: str, name: str, /) -> None:
        del self.held[service, name]


class NoRing:
    """What a headless machine has."""

    def get_password(self, service: str, name: str, /) -> str | None:
        raise NoKeyringError

    def set_password(self, service: str, name: str, value: str, /) -> None:
        raise NoKeyringError

    def delete_password(self, service: str, name: str, /) -> None:
        raise NoKeyringError


class ForgetfulRing(NoRing):
    """`keyring.backends.null`: takes everything, keeps nothing."""

    def get_password(self, service: str, name: str, /) -> str | None:
        return None

    def set_password(self, service: str, name: str, value: str, /) -> None:
        return None


def headless(folder: Path, **environ: str) -> KeyStore:
    return KeyStore(folder, environ={"COCKPIT_PASSPHRASE": "open sesame", **environ},
                    keyring=NoRing())


def test_the_environment_wins_over_the_keyring_and_that_over_the_file(tmp_path: Path) -> None:
    headless(tmp_path).set(ANTHROPIC, "from-the-file-0001")
    ring = MemoryRing()
    environ = {"COCKPIT_PASSPHRASE": "open sesame"}
    store = KeyStore(tmp_path, environ=environ, keyring=ring)
    assert store.get(ANTHROPIC) == "from-the-file-0001"
    ring.set_password("cockpit", "anthropic", "from-the-ring-0002")
    assert store.get(ANTHROPIC) == "from-the-ring-0002"
    environ["ANTHROPIC_API_KEY"] = "  from-a-variable-0003\n"
    assert store.get(ANTHROPIC) == "from-a-variable-0003"
    assert store.get(GROQ) is None


@pytest.mark.parametrize("ring", [NoRing(), ForgetfulRing()])
def test_without_a_keyring_the_encrypted_file_keeps_it(tmp_path: Path, ring: NoRing) -> None:
    store = KeyStore(tmp_path, environ={"COCKPIT_PASSPHRASE": "pass"}, keyring=ring)
    assert store.set(ANTHROPIC, KEY) is KeyPlace.FILE
    assert store.set(GROQ, OTHER) is KeyPlace.FILE
    file = tmp_path / "keys.enc"
    assert KEY not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = KeyStore(tmp_path, environ={"COCKPIT_PASSPHRASE": "pass"}, keyring=ring)
    assert (again.get(ANTHROPIC), again.get(GROQ)) == (KEY, OTHER)
    assert again.remove(ANTHROPIC) == (KeyPlace.FILE,)
    assert (again.get(ANTHROPIC), again.get(GROQ)) == (None, OTHER)
    again.remove(GROQ)
    assert not file.exists()


def test_a_keyring_takes_the_key_over_from_the_file(tmp_path: Path) -> None:
    headless(tmp_path).set(ANTHROPIC, KEY)
    ring = MemoryRing()
    store = KeyStore(tmp_path, environ={"COCKPIT_PASSPHRASE": "open sesame"}, keyring=ring)
    assert store.set(ANTHROPIC, OTHER) is KeyPlace.KEYRING
    assert ring.held == {("cockpit", "anthropic"): OTHER}
    assert not (tmp_path / "keys.enc").exists()
    assert store.remove(ANTHROPIC) == (KeyPlace.KEYRING,)


def test_lists_say_where_and_the_last_four_of_long_ones(tmp_path: Path) -> None:
    store = headless(tmp_path, XAI_API_KEY="short-key-1")
    store.set(ANTHROPIC, KEY)
    assert store.list((ANTHROPIC, GROQ, XAI)) == (
        KeyInfo(provider="anthropic", place=KeyPlace.FILE, detail=str(tmp_path / "keys.enc"),
                ending="1234"),
        KeyInfo(provider="xai", place=KeyPlace.ENVIRONMENT, detail="XAI_API_KEY"))


def test_a_locked_file_says_so_only_where_its_key_is_wanted(tmp_path: Path) -> None:
    headless(tmp_path).set(ANTHROPIC, KEY)
    locked = KeyStore(tmp_path, environ={}, keyring=NoRing())
    assert locked.get(GROQ) is None
    assert locked.has(ANTHROPIC)
    with pytest.raises(CredentialsRefused, match="locked"):
        locked.get(ANTHROPIC)
    with pytest.raises(CredentialsRefused, match="locked"):
        locked.set(GROQ, OTHER)
    wrong = KeyStore(tmp_path, environ={"COCKPIT_PASSPHRASE": "wrong"}, keyring=NoRing())
    with pytest.raises(CredentialsRefused, match="wrong"):
        wrong.get(ANTHROPIC)
    assert headless(tmp_path).get(ANTHROPIC) == KEY


def test_a_person_is_asked_once(tmp_path: Path) -> None:
    asked: list[bool] = []

    def ask(is_new: bool) -> str:
        asked.append(is_new)
        return "typed"

    store = KeyStore(tmp_path, environ={}, ask_passphrase=ask, keyring=NoRing())
    store.set(ANTHROPIC, KEY)
    store.set(GROQ, OTHER)
    assert (store.get(GROQ), asked) == (OTHER, [True])


@pytest.mark.parametrize("change", [
    {"names": ["anthropic", "groq"]}, {"n": 2**16}, {"data": "AAAA"}])
def test_a_changed_file_is_noticed(tmp_path: Path, change: dict[str, object]) -> None:
    headless(tmp_path).set(ANTHROPIC, KEY)
    file = tmp_path / "keys.enc"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(CockpitError):
        headless(tmp_path).get(ANTHROPIC)


@pytest.mark.parametrize("text", ["", "not json", '{"version": 1}', '{"n": 1e99}'])
def test_a_broken_file_is_told_and_not_written_over(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.enc"
    file.write_text(text)
    with pytest.raises(CockpitError, match="cannot be read"):
        headless(tmp_path).set(ANTHROPIC, KEY)
    assert file.read_text() == text


@pytest.mark.parametrize("text", ["", "  \n", "two words", "k\x1b[31m", "schlüssel", "k" * 5000])
def test_what_cannot_be_a_key_is_refused_unrepeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as refused:
        headless(tmp_path).set(ANTHROPIC, text)
    assert not text.strip() or text not in refused.value.message + refused.value.hint


def test_the_redactor_learns_what_the_store_reads_and_writes(tmp_path: Path) -> None:
    headless(tmp_path).set(ANTHROPIC, "plain-looking-value")
    redactor = Redactor()
    store = KeyStore(tmp_path, environ={"COCKPIT_PASSPHRASE": "open sesame",
                                        "MY_ENDPOINT": "unnamed-secret"},
                     learn=redactor.learn, keyring=NoRing())
    said = "a plain-looking-value, another-value"
    assert redactor.redact(said) == said
    store.get(ANTHROPIC)
    store.set(GROQ, "another-value")
    assert redactor.redact(said) == f"a {REDACTED}, {REDACTED}"


@pytest.mark.parametrize("secret", [
    "sk-ant-api03-" + "a" * 30, "sk-or-v1-" + "b" * 30, "sk-proj-" + "c" * 30, "xai-" + "d" * 30,
    "gsk_" + "e" * 30, "csk-" + "f" * 30, "AIza" + "g" * 35,
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r"])
def test_what_looks_like_a_key_is_taken_out(secret: str) -> None:
    assert Redactor().redact(f"key={secret}, end") == f"key={REDACTED}, end"


@pytest.mark.parametrize(("text", "left"), [
    ("postgres://bob:hunter2@db:5432/x", f"postgres://{REDACTED}@db:5432/x"),
    ("https://x-access-token:abc@github.com/a", f"https://{REDACTED}@github.com/a"),
    ("redis://:s3cret@cache", f"redis://{REDACTED}@cache"),
    ("postgres://user:password@localhost/db", "postgres://user:password@localhost/db"),
    ("https://u:${TOKEN}@host", "https://u:${TOKEN}@host"),
    ("https://host:8080/a@b, mailto:a@b.example", "https://host:8080/a@b, mailto:a@b.example"),
    ("a task-" + "a" * 30, "a task-" + "a" * 30),
])
def test_passwords_in_urls_are_taken_out_and_examples_left(text: str, left: str) -> None:
    once = Redactor().redact(text)
    assert once == left
    assert Redactor().redact(once) == left


@pytest.mark.parametrize("text", ["eyJ" * 200_000, "://a:" * 100_000, "sk-" * 200_000 + "!",
                                  "eyJaaaaaaaaa." * 50_000, "://" + "a" * 500_000 + ":b"])
def test_redacting_takes_time_by_length_alone(text: str) -> None:
    began = time.process_time()
    Redactor().redact(text)
    assert time.process_time() - began < 2
