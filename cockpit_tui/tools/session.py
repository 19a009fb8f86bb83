"""One agent's tools over one worktree: which there are, and what they have seen."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cockpit_tui.domain.conversation import JsonObject, ToolSpec
from cockpit_tui.domain.model import EditFormat
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.tools.arguments import MalformedCall
from cockpit_tui.tools.base import ReadTool, Tool
from cockpit_tui.tools.commands import Bash, BashRestart, RunCommand, is_restart
from cockpit_tui.tools.edits.apply_patch import ApplyPatch
from cockpit_tui.tools.edits.search_replace import EditFile
from cockpit_tui.tools.edits.target import EditTarget
from cockpit_tui.tools.edits.text_editor import ChangeText, ViewText, is_view
from cockpit_tui.tools.edits.whole_file import WriteFile
from cockpit_tui.tools.paths import Confinement
from cockpit_tui.tools.reading import ListFiles, ReadFile
from cockpit_tui.tools.search import Search
from cockpit_tui.tools.seen import SeenFiles

OUTPUT_LIMIT = 20_000
"""Characters of one result that a model gets, unless the session says otherwise."""

_READING = ("list_files", "read_file", "search")
_OFFERED = {
    EditFormat.TEXT_EDITOR: ("str_replace_based_edit_tool", "bash", "search"),
    EditFormat.APPLY_PATCH: (*_READING, "apply_patch", "run_command"),
    EditFormat.SEARCH_REPLACE: (*_READING, "write_file", "edit_file", "run_command"),
    EditFormat.WHOLE_FILE: (*_READING, "write_file", "run_command"),
}


class ToolSession:
    """The tools of one execution. A read-only session has no tool that writes or runs anything.

    A model is offered the tools of its edit format, but may use those of any: one that takes over
    in the middle of a conversation may copy the calls it finds there. `output_limit`, in
    characters, is for whoever hands a result to the model; `further` tools, which can only read,
    are offered in every format. Raises PathRefused if `root` is not a
    real directory.
    """

    def __init__(self, root: Path, *, owned_paths: Iterable[str] = (), read_only: bool = False,
                 edit_format: EditFormat = EditFormat.SEARCH_REPLACE,
                 output_limit: int = OUTPUT_LIMIT, further: Iterable[ReadTool] = ()) -> None:
        confinement = Confinement(root)
        self.root = root
        self.seen = SeenFiles()
        self.edit_format = edit_format
        self.output_limit = output_limit
        self._read_only = read_only
        folders, files = ListFiles(confinement), ReadFile(confinement, self.seen)
        tools: list[Tool] = [folders, files, Search(confinement)]
        if not read_only:
            target = EditTarget(confinement, self.seen, tuple(owned_paths))
            tools += [WriteFile(target), EditFile(target), ApplyPatch(target), ChangeText(target),
                      RunCommand(), Bash()]
        added = tuple(further)
        self._further = tuple(tool.spec.name for tool in added)
        self._tools = {tool.spec.name: tool for tool in (*tools, *added)}
        self._view, self._restart = ViewText(files, folders), BashRestart()

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """Those of the session's own edit format."""
        return self.specs_for(self.edit_format)

    def specs_for(self, edit_format: EditFormat) -> tuple[ToolSpec, ...]:
        """In a fixed order, so that a provider's prompt cache holds."""
        return tuple(self._tools[name].spec for name in self._offered(edit_format))

    def tool(self, name: str, arguments: JsonObject | None = None) -> Tool:
        """The tool that carries out such a call.

        One name may stand for several: what looks and what changes are different effects. Raises
        MalformedCall for a name that is not there, naming those that are.
        """
        if name not in self._tools:
            raise MalformedCall(f"There is no tool {sanitize_line(name[:60])!r}. There are: "
                                f"{', '.join(self._offered(self.edit_format))}.")
        tool = self._tools[name]
        if isinstance(tool, ChangeText) and arguments is not None and is_view(arguments):
            return self._view
        if isinstance(tool, Bash) and arguments is not None and is_restart(arguments):
            return self._restart
        return tool

    def _offered(self, edit_format: EditFormat) -> tuple[str, ...]:
        own = _READING if self._read_only else _OFFERED[edit_format]
        return own + self._further
