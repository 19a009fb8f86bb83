"""Attacks 11-20: the repository as a program. Nothing of it runs, from first look to publishing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from attack_git_traps import Ground, lay_ground, tour

from cockpit_tui.domain.errors import RepositoryError
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.inspect import inspect_repository

HOOKS = ("applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "prepare-commit-msg",
         "commit-msg", "post-commit", "pre-merge-commit", "post-checkout", "post-merge",
         "post-rewrite", "pre-auto-gc", "post-index-change", "reference-transaction",
         "pre-receive", "update", "post-update", "proc-receive", "fsmonitor-watchman")


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return lay_ground(tmp_path)


def fsmonitor(g: Ground) -> None:
    g.config(core__fsmonitor=str(g.program))


def committed_hooks(g: Ground) -> None:
    g.write({f"tools/hooks/{name}": g.program.read_text() for name in HOOKS}, executable=True)
    g.commit()
    g.config(core__hooksPath="tools/hooks")


def own_hooks(g: Ground) -> None:
    g.write({f".git/hooks/{name}": g.program.read_text() for name in HOOKS}, executable=True)


def with_attributes(g: Ground, line: str) -> None:
    g.write({".gitattributes": line + "\n"})
    g.commit()


def filters(g: Ground) -> None:
    with_attributes(g, "*.py filter=evil")
    g.config(filter__evil__clean=str(g.program), filter__evil__smudge=str(g.program),
             filter__evil__required="true")


def long_running_filter(g: Ground) -> None:
    with_attributes(g, "*.py filter=evil")
    g.config(filter__evil__process=str(g.program))


def filter_with_an_odd_name(g: Ground) -> None:
    with_attributes(g, "*.py filter=e=v.clean=")
    g.git("config", "filter.e=v.clean=.clean", str(g.program))


def included_file(g: Ground) -> None:
    g.write({"settings.cfg": f'[filter "evil"]\n\tclean = {g.program}\n\trequired = true\n'})
    with_attributes(g, "*.py filter=evil")
    g.git("config", "includeIf.onbranch:main.path", "../settings.cfg")


def per_worktree_configuration(g: Ground) -> None:
    g.git("config", "extensions.worktreeConfig", "true")
    with_attributes(g, "*.py filter=evil")
    g.git("config", "--worktree", "filter.evil.clean", str(g.program))


def external_diff(g: Ground) -> None:
    g.config(diff__external=str(g.program))


def textconv_and_diff_command(g: Ground) -> None:
    with_attributes(g, "*.py diff=evil")
    g.config(diff__evil__textconv=str(g.program), diff__evil__command=str(g.program))


def merge_driver(g: Ground) -> None:
    with_attributes(g, "*.py merge=evil\n*.md merge=evil")
    g.git("config", "merge.evil.driver", f"{g.program} %A")
    g.git("config", "merge.default", "evil")


def pager(g: Ground) -> None:
    g.config(core__pager=str(g.program), pager__log=str(g.program))


def editor(g: Ground) -> None:
    g.config(core__editor=str(g.program), sequence__editor=str(g.program))


def signing(g: Ground) -> None:
    g.config(commit__gpgSign="true", tag__gpgSign="true", gpg__program=str(g.program),
             log__showSignature="true")


def ssh_command(g: Ground) -> None:
    g.config(core__sshCommand=str(g.program))
    g.git("config", "url.ssh://nowhere/.insteadOf", "/")


def rewritten_address(g: Ground) -> None:
    g.git("config", f"url.ext::{g.program} .insteadOf", "/")
    g.config(protocol__ext__allow="always", protocol__allow="always")


def alias(g: Ground) -> None:
    for name in ("status", "rev-parse", "fetch", "config", "own"):
        g.git("config", f"alias.{name}", f"!{g.program}")


def submodule_by_program(g: Ground) -> None:
    g.write({".gitmodules": f'[submodule "sub"]\n\tpath = sub\n\turl = ext::{g.program} x\n'})
    g.git("update-index", "--add", "--cacheinfo", f"160000,{g.git('rev-parse', 'HEAD')},sub")
    g.git("add", ".gitmodules")
    g.git("commit", "-q", "-m", "Sub")
    g.config(protocol__ext__allow="always", submodule__recurse="true",
             fetch__recurseSubmodules="true", submodule__sub__active="true")
    g.git("config", "submodule.sub.url", f"ext::{g.program} x")


def submodule_with_its_own_configuration(g: Ground) -> None:
    sub = g.root / "sub"
    sub.mkdir()
    g.git("init", "-q", cwd=sub)
    (sub / "a.py").write_text("a = 1\n")
    (sub / ".gitattributes").write_text("*.py filter=evil\n")
    g.git("add", "-A", cwd=sub)
    g.git("commit", "-q", "-m", "Sub", cwd=sub)
    g.git("-c", "advice.addEmbeddedRepo=false", "add", "sub")
    g.git("commit", "-q", "-m", "Sub")
    g.git("config", "filter.evil.clean", str(g.program), cwd=sub)
    g.git("config", "core.fsmonitor", str(g.program), cwd=sub)


def git_file_to_elsewhere(g: Ground) -> None:
    fsmonitor(g)
    own_hooks(g)
    elsewhere = g.folder / "elsewhere"
    (g.root / ".git").rename(elsewhere)
    (g.root / ".git").write_text(f"gitdir: {elsewhere}\n")


def commondir_to_elsewhere(g: Ground) -> None:
    fsmonitor(g)
    own_hooks(g)
    elsewhere = g.folder / "elsewhere"
    shutil.copytree(g.root / ".git", elsewhere)
    for name in ("objects", "refs", "hooks", "config"):
        target = g.root / ".git" / name
        shutil.rmtree(target) if target.is_dir() else target.unlink()
    (g.root / ".git" / "commondir").write_text(f"{elsewhere}\n")


def trailers(g: Ground) -> None:
    g.git("config", "trailer.step.key", "Step-Id")
    g.git("config", "trailer.step.command", str(g.program))


def runs(*args: str) -> Callable[[Ground], None]:
    """A spring: the plain git command that sets the trap off."""

    def spring(g: Ground) -> None:
        g.git(*args, check=False)

    return spring


def merges(g: Ground) -> None:
    g.git("reset", "-q", "--hard")
    for side in ("one", "two"):
        g.git("checkout", "-q", "-B", side, "main")
        g.write({"src/app.py": f"{side}\n"})
        g.commit()
    g.git("merge", "one", check=False)


STATUS = runs("status")
COMMIT = runs("commit", "-q", "--allow-empty", "-m", "x")

TRAPS = {
    "fsmonitor": (fsmonitor, STATUS),
    "hooks that were committed": (committed_hooks, COMMIT),
    "hooks of the git directory": (own_hooks, COMMIT),
    "clean and smudge filter": (filters, STATUS),
    "long-running filter": (long_running_filter, STATUS),
    "filter with an odd name": (filter_with_an_odd_name, STATUS),
    "filter from an included file": (included_file, STATUS),
    "filter from config.worktree": (per_worktree_configuration, STATUS),
    "external diff": (external_diff, runs("diff")),
    "textconv and diff command": (textconv_and_diff_command, runs("log", "-p")),
    "merge driver": (merge_driver, merges),
    "pager": (pager, lambda g: g.git("log", terminal=True, check=False)),
    "editor": (editor, runs("commit", "--allow-empty")),
    "signing": (signing, COMMIT),
    "ssh": (ssh_command, runs("ls-remote", "/x")),
    "address rewritten to a program": (rewritten_address, runs("ls-remote", "/x")),
    "alias": (alias, runs("own")),
    "submodule fetched by a program": (
        submodule_by_program,
        runs("-c", "protocol.ext.allow=always", "submodule", "update", "--init")),
    "submodule with drivers": (submodule_with_its_own_configuration, STATUS),
    ".git file to elsewhere": (git_file_to_elsewhere, STATUS),
    "commondir to elsewhere": (commondir_to_elsewhere, STATUS),
    "trailer command": (trailers, runs("interpret-trailers", "README.md")),
}


@pytest.mark.parametrize("name", TRAPS)
async def test_nothing_of_the_repository_runs(ground: Ground, name: str) -> None:
    lay, spring = TRAPS[name]
    lay(ground)
    (ground.folder / "canary").unlink(missing_ok=True)
    await tour(ground)
    assert not ground.has_fired, (ground.folder / "canary").read_text()
    ground.write({"src/app.py": "def main():\n    return 2\n"})
    spring(ground)
    assert ground.has_fired, "the trap was never live"


async def test_a_missing_object_is_not_fetched_by_the_repositorys_command(
        ground: Ground) -> None:
    missing = ground.git("rev-parse", "HEAD:src/app.py")
    (ground.root / ".git" / "objects" / missing[:2] / missing[2:]).unlink()
    ground.config(core__repositoryFormatVersion="1", extensions__partialClone="origin",
                  remote__origin__url=str(ground.folder), remote__origin__promisor="true",
                  remote__origin__uploadpack=str(ground.program))
    await inspect_repository(ground.root)
    hub = await Hub.open(ground.hub_root, "P1", ground.root)
    with pytest.raises(RepositoryError, match="could not be imported") as caught:
        await hub.refresh()
    assert "partial clone" in caught.value.hint
    hub.close()
    assert not ground.has_fired, (ground.folder / "canary").read_text()
    ground.git("cat-file", "-p", missing, check=False)
    assert ground.has_fired


async def test_alternates_are_not_asked_by_the_repositorys_command(ground: Ground) -> None:
    other = ground.folder / "other"
    ground.git("clone", "-q", "--bare", str(ground.root), str(other), cwd=ground.folder)
    ground.write({".git/objects/info/alternates": f"{other / 'objects'}\n"})
    ground.config(core__alternateRefsCommand=str(ground.program))
    await tour(ground)
    assert not ground.has_fired
    ground.git("fetch", str(other), check=False)
    assert ground.has_fired


async def test_an_embedded_bare_repository_is_not_entered(ground: Ground) -> None:
    inner = ground.root / "fixtures" / "inner"
    ground.git("clone", "-q", "--bare", str(ground.root), str(inner), cwd=ground.folder)
    ground.git("config", "core.bare", "false", cwd=inner)
    ground.git("config", "core.worktree", str(inner), cwd=inner)
    ground.git("config", "core.fsmonitor", str(ground.program), cwd=inner)
    ground.commit("Embed")
    (ground.folder / "canary").unlink(missing_ok=True)
    with pytest.raises(RepositoryError):
        await inspect_repository(inner)
    await tour(ground)
    await tour(ground, start=ground.root / "fixtures")
    assert not ground.has_fired, (ground.folder / "canary").read_text()
    ground.git("status", cwd=inner, check=False)
    assert ground.has_fired


async def test_names_that_look_like_options_stay_names(ground: Ground) -> None:
    mark = ground.folder / "canary"
    ground.write({f"--output={mark.name}": "x", "-rf": "x", "--": "x", "src/--exec=x.py": "x",
                  ":(top)src": "x", "*": "x"})
    head = ground.commit("--output=x\n\nBody")
    for branch in ("--upload-pack=evil", "-D"):
        ground.git("update-ref", f"refs/heads/{branch}", head)
        ground.git("update-ref", f"refs/tags/{branch}", head)
        ground.git("symbolic-ref", "HEAD", f"refs/heads/{branch}")
        assert (await inspect_repository(ground.root)).branch == branch
        await tour(ground)
    renamed = ground.root.rename(ground.folder / "--upload-pack=touch canary")
    await tour(Ground(root=renamed, folder=ground.folder))
    assert not list(ground.folder.glob("**/canary"))
