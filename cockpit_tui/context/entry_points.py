"""Where a program starts: commands, mains, servers, containers, what a package exposes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cockpit_tui.context.corpus import Corpus
from cockpit_tui.context.manifests import Manifests, dig, text_at
from cockpit_tui.context.path_kinds import (
    is_aside,
    is_built_path,
    is_test_path,
    vendored_root,
)

MAX_ENTRY_POINTS = 24
_MAIN_GUARD = re.compile(r"""^if __name__ == ["']__main__["']:""", re.MULTILINE)
_GO_MAIN = re.compile(r"^package main\b", re.MULTILINE)
_SETUP_SCRIPT = re.compile(r"""["']([\w.-]+)\s*=\s*([\w.]+:[\w.]+)["']""")
_JAVASCRIPT_MAINS = ("server", "index", "main", "app", "cli", "src/index", "src/main",
                     "src/server", "src/app", "src/cli")


def find_entry_points(corpus: Corpus, manifests: Manifests) -> tuple[str, ...]:
    """One line each, `name = target (file that told)`; what people start comes first."""
    found = [*_python_scripts(corpus, manifests), *_node_packages(corpus, manifests),
             *_python_mains(corpus), *_go(corpus), *_rust(corpus, manifests), *_containers(corpus)]
    if not found:
        found = list(_bare_javascript(corpus))
    return tuple(dict.fromkeys(found))[:MAX_ENTRY_POINTS]


def _python_scripts(corpus: Corpus, manifests: Manifests) -> Iterator[str]:
    for directory, table in manifests.named("pyproject.toml"):
        source = f"{directory}pyproject.toml"
        for scripts in (dig(table, "project", "scripts"), dig(table, "project", "gui-scripts"),
                        dig(table, "tool", "poetry", "scripts")):
            for name, target in scripts.items():
                if isinstance(target, str):
                    yield f"{name} = {target} ({source})"
    if "setup.cfg" in manifests.ini:
        text = manifests.ini["setup.cfg"].get("options.entry_points", "console_scripts",
                                              fallback="") or ""
        for line in filter(None, map(str.strip, text.splitlines())):
            yield f"{line} (setup.cfg)"
    for name, target in _SETUP_SCRIPT.findall(corpus.text("setup.py")):
        yield f"{name} = {target} (setup.py)"


def _python_mains(corpus: Corpus) -> Iterator[str]:
    for source in corpus.product("Python"):
        directory, _, name = source.path.rpartition("/")
        if is_aside(source.path):
            continue
        if name == "__main__.py":
            yield f"python -m {_module_name(directory)} ({source.path})"
        elif name == "manage.py" or (not directory and _MAIN_GUARD.search(source.text)
                                     and name not in {"setup.py", "noxfile.py"}):
            yield f"python {source.path}"
        elif name in {"wsgi.py", "asgi.py"}:
            yield f"{name.removesuffix('.py').upper()} application ({source.path})"


def _module_name(directory: str) -> str:
    return directory.removeprefix("src/").removeprefix("lib/").replace("/", ".")


def _node_packages(corpus: Corpus, manifests: Manifests) -> Iterator[str]:
    for directory, table in manifests.named("package.json"):
        source = f"{directory}package.json"
        name = text_at(table, "name")
        if not name:
            continue
        binary = table.get("bin")
        if isinstance(binary, str):
            yield f"{name} = {binary} ({source}, bin)"
        elif isinstance(binary, dict):
            for command, target in binary.items():
                yield f"{command} = {target} ({source}, bin)"
        start = text_at(table, "scripts", "start")
        main = text_at(table, "main") or text_at(table, "module") or _root_export(table)
        if not main and not start and not table.get("private") \
                and f"{directory}index.js" in corpus.paths:
            main = "index.js"  # What npm takes where `main` is missing (docs.npmjs.com, "main").
        if main:
            yield f"import {name} = {main} ({source})"
        if start:
            yield f"npm start = {start} ({source})"


def _root_export(table: dict[str, object]) -> str:
    """The target of `exports["."]`, whichever condition names it first."""
    exports = table.get("exports")
    for _ in range(4):
        if isinstance(exports, str):
            return exports
        if not isinstance(exports, dict):
            return ""
        choices = [key for key in (".", "import", "default", "require", "node") if key in exports]
        exports = exports[choices[0]] if choices else None
    return ""


def _go(corpus: Corpus) -> Iterator[str]:
    for source in corpus.product("Go"):
        directory, _, name = source.path.rpartition("/")
        if name == "main.go" and _GO_MAIN.search(source.text):
            yield f"go run ./{directory} ({source.path})"


def _rust(corpus: Corpus, manifests: Manifests) -> Iterator[str]:
    for path in sorted(corpus.paths):
        if path == "src/main.rs" or re.fullmatch(r"[\w.-]+(/[\w.-]+)?/src/main\.rs", path):
            crate = path.removesuffix("src/main.rs").rstrip("/")
            chosen = f" -p {crate.rpartition('/')[2]}" if crate else ""
            yield f"cargo run{chosen} ({path})"
        elif re.fullmatch(r"(.*/)?src/bin/[\w.-]+\.rs", path):
            yield f"cargo run --bin {path.rpartition('/')[2].removesuffix('.rs')} ({path})"
    if "src/lib.rs" in corpus.paths:
        name = text_at(manifests.table("Cargo.toml"), "package", "name") or "crate"
        yield f"library {name} (src/lib.rs)"


def _containers(corpus: Corpus) -> Iterator[str]:
    for path in sorted(corpus.paths):
        name = path.rpartition("/")[2]
        is_ours = not (vendored_root(path) or is_built_path(path) or is_test_path(path))
        if path.count("/") <= 2 and is_ours and (
                name in {"Dockerfile", "Containerfile", "docker-compose.yml",
                         "docker-compose.yaml", "compose.yaml", "compose.yml", "Procfile"}):
            yield f"container ({path})" if name != "Procfile" else f"processes ({path})"


def _bare_javascript(corpus: Corpus) -> Iterator[str]:
    for stem in _JAVASCRIPT_MAINS:
        for suffix in ("js", "ts", "mjs", "tsx", "jsx"):
            if f"{stem}.{suffix}" in corpus.paths:
                yield f"{stem}.{suffix}"
    if "index.html" in corpus.paths:
        yield "web page (index.html)"
