"""One task for one ES module: where its `node --test` file goes, and the work on it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Generator

from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.drafts import TaskDraft
from cockpit_tui.domain.review import CommandKind, RepositoryFacts
from cockpit_tui.providers.offline.reading import read_if_present, read_whole
from cockpit_tui.providers.offline.recipe import (
    CannotWork,
    ToolReply,
    ToolUse,
    Working,
    WorkOrder,
    instructions_with_order,
)
from cockpit_tui.providers.offline.recipes.stack import Sources
from cockpit_tui.providers.offline.recipes.tests_by_rule.node_surface import (
    read_exports,
    render_node_tests,
)
from cockpit_tui.providers.offline.recipes.tree import Tree

_MODULE = re.compile(r"(?:[A-Za-z_][\w-]*/)*[A-Za-z_][\w-]*\.m?js")
_ASIDE = frozenset(
    ["test", "tests", "__tests__", "dist", "build", "docs", "examples", "scripts", "coverage"])


def node_candidates(sources: Sources, facts: RepositoryFacts) -> tuple[str, ...]:
    """Modules without a test of their name, where the repository runs `node --test`."""
    tree = sources.tree
    is_used = any(fact.kind is CommandKind.TEST and fact.command.startswith("node --test")
                  for fact in facts.commands)
    if not is_used and "node --test" not in str(sources.json("package.json").get("scripts")):
        return ()
    tested = {re.sub(r"[.-]test\.m?js$", "", path.rpartition("/")[2]) for path in tree.files
              if re.search(r"[.-]test\.m?js$", path)}
    return tuple(path for path in sorted(tree.files)
                 if _MODULE.fullmatch(path) and not _ASIDE.intersection(path.split("/")[:-1])
                 and not re.search(r"[.-](test|config|min)\.m?js$", path)
                 and re.sub(r"\.m?js$", "", path.rpartition("/")[2]) not in tested)


def plan_node_task(path: str, tree: Tree, recipe: str, key: str,
                   ) -> Generator[ToolUse, ToolReply, TaskDraft | None]:
    """None where the module exports nothing that rules can look at."""
    text = yield from read_if_present(path)
    exports = read_exports(text or "")
    if not exports:
        return None
    stem, _, suffix = path.rpartition("/")[2].rpartition(".")
    beside = any(re.search(r"[.-]test\.m?js$", each)
                 and not _ASIDE.intersection(each.split("/")[:-1]) for each in tree.files)
    folder = posixpath.dirname(path) if beside else (
        "tests" if tree.has_folder("tests") else "test")
    test_path = posixpath.join(folder, f"{stem}.test.{suffix}")
    if test_path in tree:
        return None
    command = f"node --test {test_path}"
    order = WorkOrder(recipe=recipe, data={"style": "node", "module_path": path,
                                           "test_path": test_path, "command": command})
    names = ", ".join(each.name for each in exports)
    words = (f"Write {test_path} for {path} ({names}): that they are exported and take as many "
             "parameters as now.")
    return TaskDraft(
        key=key, title=f"Test {path}", role="Tester", owned_paths=(test_path,),
        instructions=instructions_with_order(words, order), acceptance=(command,), minutes=1.0,
        task_class="simple-crud")


def work_on_node(order: JsonObject) -> Working:
    path, test_path, command = order["module_path"], order["test_path"], order["command"]
    text = yield from read_whole(path)
    exports = read_exports(text)
    if not exports:
        raise CannotWork(f"{path} exports nothing any more that rules can look at.")
    relative = posixpath.relpath(path, posixpath.dirname(test_path) or ".")
    module = relative if relative.startswith(".") else f"./{relative}"
    reply = yield ToolUse(name="write_file", arguments={
        "path": test_path, "content": render_node_tests(module, exports)})
    if reply.is_error:
        raise CannotWork(f"{test_path} could not be written: {reply.text}")
    reply = yield ToolUse(name="run_command", arguments={"command": command})
    if reply.is_error:
        lines = [line.strip() for line in reply.text.splitlines() if "rror" in line]
        raise CannotWork(f"The tests of {path} do not pass as written: "
                         f"{' / '.join(lines[:3])[:400] or 'see the output'}")
    return (f"Wrote {test_path}: {len(exports)} exported names of {path} and their parameters; all "
            "pass. They do not check results, because JavaScript does not say what they should be.")
