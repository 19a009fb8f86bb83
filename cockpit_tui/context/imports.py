"""Which file of the repository imports which other: Python, JavaScript/TypeScript, Go, Rust."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping

from cockpit_tui.context.classes_javascript import JAVASCRIPT
from cockpit_tui.context.corpus import Corpus, SourceFile
from cockpit_tui.context.modules import SourceModule

_SOURCE_ROOTS = ("src/", "lib/", "python/", "app/", "backend/", "server/")
_SUFFIXES = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".vue", ".svelte", ".d.ts")
_GO_IMPORT = re.compile(r'^\s*(?:import\s+)?(?:[\w.]+\s+)?"([^"\n]+)"\s*$', re.MULTILINE)
_GO_MODULE = re.compile(r"^module\s+(\S+)", re.MULTILINE)
_RUST_USE = re.compile(
    r"^\s*(?:pub(?:\([^)]*\))?\s+)?(?:use\s+(crate|super)::(\w+)|mod\s+(\w+)\s*;)",
    re.MULTILINE)


class PythonNames:
    """Finds the file behind a dotted module name."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._path_of: dict[str, str] = {}
        for path in sorted(paths, key=len, reverse=True):
            if path.endswith(".py"):
                plain = path.removesuffix(".py").removesuffix("/__init__")
                self._path_of[plain.replace("/", ".")] = path
                for root in _SOURCE_ROOTS:
                    _, found, inner = f"/{plain}".partition(f"/{root}")
                    if found:
                        self._path_of.setdefault(inner.replace("/", "."), path)

    def resolve(self, importer: str, name: str) -> str:
        """The path of module `name`, or of the module that holds it; empty where it is foreign."""
        absolute = self._absolute(importer, name)
        while absolute:
            if absolute in self._path_of:
                return self._path_of[absolute]
            absolute = absolute.rpartition(".")[0]
        return ""

    @staticmethod
    def _absolute(importer: str, name: str) -> str:
        level = len(name) - len(name.lstrip("."))
        if not level:
            return name
        directories = importer.split("/")[:-1]
        if level > len(directories):
            return ""
        kept = directories[: len(directories) - level + 1]
        return ".".join([*kept, *filter(None, name[level:].split("."))])


def resolve_javascript(paths: frozenset[str], importer: str, specifier: str) -> str:
    """The path behind a relative specifier or an `@/` alias of `src/`; empty where foreign."""
    if specifier.startswith("."):
        base = posixpath.normpath(posixpath.join(posixpath.dirname(importer), specifier))
    elif specifier.startswith(("@/", "~/")):
        base = f"src/{specifier[2:]}"
    else:
        return ""
    if base in paths:
        return base
    stem = re.sub(r"\.[cm]?jsx?$", "", base)
    for candidate in (base, stem):
        for suffix in _SUFFIXES:
            for path in (candidate + suffix, f"{candidate}/index{suffix}"):
                if path in paths:
                    return path
    return ""


class Resolver:
    """Finds the file behind what a source imports, whichever of the two languages it is in."""

    def __init__(self, paths: frozenset[str]) -> None:
        self._paths = paths
        self._python_names = PythonNames(paths)

    def resolve(self, importer: SourceFile, name: str) -> str:
        """The path, or an empty string where it is foreign."""
        if importer.language == "Python":
            return self._python_names.resolve(importer.path, name)
        return resolve_javascript(self._paths, importer.path, name)


def resolve_all(corpus: Corpus, modules: Mapping[str, SourceModule]) -> dict[str, set[str]]:
    """Path → paths of the repository that it imports, for every source that is not a test."""
    edges: dict[str, set[str]] = {}
    resolver = Resolver(corpus.paths)
    go_packages = _go_packages(corpus)
    for source in corpus.product():
        targets: Iterator[str] | list[str]
        module = modules.get(source.path)
        if module and source.language in {"Python", *JAVASCRIPT}:
            targets = [resolver.resolve(source, name) for name in module.imports]
        elif source.language == "Go":
            targets = _go_targets(source, go_packages)
        elif source.language == "Rust":
            targets = _rust_targets(corpus, source)
        else:
            continue
        found = {target for target in targets if target and target != source.path}
        if found:
            edges[source.path] = found
    return edges


def _go_packages(corpus: Corpus) -> dict[str, str]:
    """Import path → a file of that package."""
    modules = [(path.removesuffix("go.mod"), _GO_MODULE.search(corpus.text(path)))
               for path in sorted(corpus.paths)
               if path == "go.mod" or path.endswith("/go.mod")]
    found: dict[str, str] = {}
    for source in corpus.product("Go"):
        for root, module in modules:
            if module and source.path.startswith(root):
                inner = posixpath.dirname(source.path.removeprefix(root))
                found.setdefault(posixpath.join(module[1], inner).rstrip("/"), source.path)
    return found


def _go_targets(source: SourceFile, packages: dict[str, str]) -> list[str]:
    return [packages.get(name, "") for name in _GO_IMPORT.findall(source.text)] if packages else []


def _rust_targets(corpus: Corpus, source: SourceFile) -> Iterator[str]:
    crate, found, _ = source.path.rpartition("src/")
    if not found:
        return
    here = posixpath.dirname(source.path)
    stem = posixpath.basename(source.path).removesuffix(".rs")
    own = here if stem in {"mod", "lib", "main"} else f"{here}/{stem}"
    for root, used, declared in _RUST_USE.findall(source.text):
        base = own if declared else f"{crate}src" if root == "crate" else posixpath.dirname(own)
        name = declared or used
        for path in (f"{base}/{name}.rs", f"{base}/{name}/mod.rs"):
            if path in corpus.paths:
                yield path
