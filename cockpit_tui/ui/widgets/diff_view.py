"""A diff to read and to judge: hunks kept or dropped, comments under their lines, folds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from cockpit_tui.domain.approval import ReviewComment
from cockpit_tui.domain.diff import Diff, Hunk
from cockpit_tui.presentation.diff_pairs import PairedLines
from cockpit_tui.presentation.diff_place import Place, find_place, place_of
from cockpit_tui.presentation.diff_rows import (
    DiffRow,
    DiffRows,
    Folds,
    RowKind,
    comment_target,
    every_hunk,
)
from cockpit_tui.presentation.diff_syntax import SyntaxColours, display_text
from cockpit_tui.presentation.diff_titles import (
    hunk_index,
    kept_text,
    marks_text,
    place_text,
)
from cockpit_tui.presentation.fit import cell_len
from cockpit_tui.presentation.glyphs import UNICODE, GlyphSet
from cockpit_tui.ui.widgets.cursor_view import CursorView
from cockpit_tui.ui.widgets.diff_paint import DiffPainter, box_text_width
from cockpit_tui.ui.widgets.diff_styles import COMPONENTS, CSS, Styles

SPLIT_FROM_WIDTH = 132
_SIDEWAYS = 16
_EMPTY = Diff(files=())


class DiffView(CursorView):
    """`show` gives it a diff; it keeps drops and folds itself and tells of them by message.

    Cost grows with what is visible, not with the diff.
    """

    HELP = ("Space or x drops a hunk, c comments a line, [ ] and { } go by hunk and file, "
            "h l scroll cut lines sideways.")
    COMPONENT_CLASSES = COMPONENTS
    DEFAULT_CSS = CSS
    BINDINGS = [
        Binding("space", "toggle_hunk", "keep/drop", id="diff.toggle_hunk", show=False,
                tooltip="Keep or drop this hunk."),
        Binding("x", "toggle_hunk", "drop hunk", id="diff.drop",
                tooltip="Drop this hunk, or keep it after all."),
        Binding("c", "comment", "comment", id="diff.comment", tooltip="Comment on this line."),
        Binding("C", "comment_file", "comment file", id="diff.comment_file", show=False,
                tooltip="Comment on the whole file."),
        Binding("left_square_bracket", "part(-1)", "previous hunk", id="nav.part_prev",
                show=False),
        Binding("right_square_bracket", "part(1)", "next hunk", id="nav.part_next", show=False),
        Binding("left_curly_bracket", "item(-1)", "previous file", id="nav.item_prev",
                show=False),
        Binding("right_curly_bracket", "item(1)", "next file", id="nav.item_next", show=False),
        Binding("h,left", "fold(True)", "fold", id="nav.fold", show=False),
        Binding("l,right", "fold(False)", "unfold", id="nav.unfold", show=False),
        Binding("then_z_M", "fold_all(True)", "fold all", id="view.fold_all", show=False),
        Binding("then_z_R", "fold_all(False)", "unfold all", id="view.fold_none", show=False),
        Binding("then_z_s", "toggle_split", "side by side", id="view.split", show=False,
                tooltip="Old and new side by side, from 132 columns."),
    ]

    @dataclass
    class HunkToggled(Message):
        """The person dropped a hunk, or took it back."""

        view: DiffView
        hunk_id: str
        dropped: bool

        @property
        def control(self) -> DiffView:
            return self.view

    @dataclass
    class CommentWanted(Message):
        """`line` is in the new file (0: the whole file); `quoted` is the code as it stands."""

        view: DiffView
        path: str
        line: int
        quoted: str

        @property
        def control(self) -> DiffView:
            return self.view

    @dataclass
    class PlaceChanged(Message):
        """`place_text`, `kept_text` or `marks_text` reads differently now."""

        view: DiffView

        @property
        def control(self) -> DiffView:
            return self.view

    def __init__(self, *, glyphs: GlyphSet = UNICODE, id: str | None = None,
                 classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.glyphs = glyphs
        self.is_live = False
        self.wants_split = False
        """What the person chose; it takes effect where the view is wide enough."""
        self._comments: tuple[ReviewComment, ...] = ()
        self._dropped: frozenset[str] = frozenset()
        self._viewed: frozenset[str] = frozenset()
        self._folds = Folds()
        self._pairs = PairedLines()
        self._syntax = SyntaxColours()
        self._code_offset = 0
        self._rows = DiffRows.lay_out(_EMPTY)
        self._painter: DiffPainter | None = None
        self._told = ""

    # What the parent calls and reads

    def show(self, diff: Diff, *, comments: Sequence[ReviewComment] = (),
             dropped: Collection[str] = (), viewed: Collection[str] = (),
             live: bool = False) -> None:
        """Show `diff`. The cursor stays on its line (by hunk, then by line number, then by file)
        and at its height on the screen; folds stay. `viewed` paths fold when they become viewed.
        """
        place, height = self._place(), self.cursor_row - self.scroll_offset.y
        if diff != self.diff:
            self._pairs, self._syntax = PairedLines(), SyntaxColours()
        newly_viewed = frozenset(viewed) - self._viewed
        self._folds = replace(self._folds, files=self._folds.files | newly_viewed)
        self._comments, self._viewed = tuple(comments), frozenset(viewed)
        self._dropped, self.is_live = frozenset(dropped), live
        self._lay_out(diff, place, height)

    @property
    def diff(self) -> Diff:
        return self._rows.diff

    @property
    def dropped_hunks(self) -> tuple[str, ...]:
        """Ids, in the diff's order."""
        return tuple(hunk.id for _, _, hunk in every_hunk(self.diff) if hunk.id in self._dropped)

    @property
    def current_path(self) -> str:
        """Of the file under the cursor; empty without files."""
        return self.diff.files[self._row.file].path if self.diff.files else ""

    @property
    def current_hunk(self) -> Hunk | None:
        row = self._row
        return self.diff.files[row.file].hunks[row.hunk] if row.hunk >= 0 else None

    @property
    def hunk_index(self) -> int:
        """0-based, over all files; -1 where the cursor is on no hunk."""
        return hunk_index(self.diff, self._row)

    @property
    def place_text(self) -> str:
        """For the title: `file 1/5 · hunk 2/7`."""
        return place_text(self.diff, self._row, self.glyphs)

    @property
    def kept_text(self) -> str:
        """`6 kept, 1 dropped`."""
        return kept_text(self.diff, self._dropped)

    @property
    def marks_text(self) -> str:
        """`✓ ✓ ✗`: one mark a hunk, in order."""
        return marks_text(self.diff, self._dropped, self.glyphs)

    @property
    def is_split(self) -> bool:
        return self._rows.pairs is not None

    @property
    def is_cut(self) -> bool:
        """A visible line goes on beyond an edge: h and l scroll sideways."""
        return bool(self._code_offset) or (
            self._view_width > 0 and self._longest_visible() > self._paint_state().code_width)

    @property
    def row_count(self) -> int:
        return len(self._rows)

    def toggle_split(self) -> bool:
        """Side by side or not; False where the view is too narrow for it, and nothing happens."""
        if not self.wants_split and self._view_width < SPLIT_FROM_WIDTH:
            return False
        self.wants_split = not self.wants_split
        self._lay_out_again()
        return True

    # Keys

    def action_toggle_hunk(self) -> None:
        """This hunk; on a file's row all of its hunks: dropped, or kept again if all were."""
        if self.is_live or not self.diff.files:
            return
        hunk = self.current_hunk
        hunks = (hunk,) if hunk is not None else self.diff.files[self._row.file].hunks
        if not hunks:
            self.notify("This file has no hunks to drop; c comments on it.", markup=False)
            return
        kept = [each.id for each in hunks if each.id not in self._dropped]
        changed = kept or [each.id for each in hunks]
        self._dropped = self._dropped ^ frozenset(changed)
        self._painter = None
        self.refresh()
        for hunk_id in changed:
            self.post_message(self.HunkToggled(self, hunk_id, bool(kept)))
        self._tell_place()

    def action_comment(self) -> None:
        if self.diff.files and not self.is_live:
            line, quoted = comment_target(self.diff, self._row, self._rows.boxes)
            self.post_message(self.CommentWanted(self, self.current_path, line, quoted))

    def action_comment_file(self) -> None:
        if self.diff.files and not self.is_live:
            self.post_message(self.CommentWanted(self, self.current_path, 0, ""))

    def action_part(self, step: int) -> None:
        """The next or previous hunk; going back first reaches the start of this one."""
        here = self.cursor_row
        starts = [self._rows.row_of_hunk(file, hunk) for file, hunk, _ in every_hunk(self.diff)]
        self._go_to_next_of(starts, here, step)

    def action_item(self, step: int) -> None:
        starts = [self._rows.row_of_file(i) for i in range(len(self.diff.files))]
        self._go_to_next_of(starts, self.cursor_row, step)

    def action_fold(self, folding: bool) -> None:
        """h: scroll back, else fold the hunk, else the file. l: unfold, else scroll sideways."""
        if not self.diff.files:
            return
        if folding and self._code_offset:
            self._scroll_code(-_SIDEWAYS)
        elif folding:
            self._fold()
        elif not self._unfold():
            self._scroll_code(_SIDEWAYS)

    def action_fold_all(self, folding: bool) -> None:
        hunks = frozenset(hunk.id for _, _, hunk in every_hunk(self.diff))
        self._set_folds(Folds(hunks=hunks if folding else frozenset()))

    def action_open(self) -> None:
        if self._row.kind in {RowKind.FILE, RowKind.HUNK} and not self._unfold():
            self._fold()

    def action_toggle_split(self) -> None:
        if not self.toggle_split():
            self.notify(f"Side by side needs {SPLIT_FROM_WIDTH} columns; this view has "
                        f"{self._view_width}. + gives it the whole screen.", markup=False)

    # Inside

    @property
    def _row(self) -> DiffRow:
        return self._rows.row(min(self.cursor_row, len(self._rows) - 1))

    @property
    def _view_width(self) -> int:
        return self.scrollable_content_region.width

    def _place(self) -> Place:
        return place_of(self.diff, self._row)

    def _go_to_next_of(self, starts: Sequence[int], here: int, step: int) -> None:
        further = [row for row in starts if (row > here if step > 0 else row < here)]
        if further:
            target = further[0] if step > 0 else further[-1]
            self.move_cursor(target)
            # As much of the hunk as fits, rather than its first line at the lower edge.
            if target + self.page_rows // 2 > self.scroll_offset.y + self.page_rows:
                self.scroll_rows_to(max(0, target - 1))

    def _fold(self) -> None:
        hunk = self.current_hunk
        if hunk is not None and hunk.id not in self._folds.hunks:
            self._set_folds(replace(self._folds, hunks=self._folds.hunks | {hunk.id}))
        else:
            self._set_folds(replace(self._folds, files=self._folds.files | {self.current_path}))

    def _unfold(self) -> bool:
        hunk, path = self.current_hunk, self.current_path
        if path in self._folds.files:
            self._set_folds(replace(self._folds, files=self._folds.files - {path}))
        elif hunk is not None and hunk.id in self._folds.hunks:
            self._set_folds(replace(self._folds, hunks=self._folds.hunks - {hunk.id}))
        else:
            return False
        return True

    def _set_folds(self, folds: Folds) -> None:
        self._folds = folds
        self._lay_out_again()

    def _scroll_code(self, cells: int) -> None:
        """Move the code sideways, to the right only as far as a visible line reaches."""
        room = max(0, self._longest_visible() - self._paint_state().code_width)
        limit = max(room, self._code_offset) if cells > 0 else self._code_offset
        self._code_offset = min(max(0, self._code_offset + cells), limit)
        self._painter = None
        self.refresh()

    def _longest_visible(self) -> int:
        top = self.scroll_offset.y
        longest = 0
        for at in range(top, min(top + self.page_rows, len(self._rows))):
            row = self._rows.row(at)
            lines = self.diff.files[row.file].hunks[row.hunk].lines if row.hunk >= 0 else ()
            longest = max([longest, *(cell_len(display_text(lines[i].text))
                                      for i in (row.line, row.other) if i >= 0)])
        return longest

    def _lay_out_again(self) -> None:
        self._lay_out(self.diff, self._place(), self.cursor_row - self.scroll_offset.y)

    def _lay_out(self, diff: Diff, place: Place, height: int) -> None:
        """Lay `diff` out and put the cursor on `place`, `height` rows below the view's top."""
        is_split = self.wants_split and self._view_width >= SPLIT_FROM_WIDTH
        self._rows = DiffRows.lay_out(
            diff, comments=self._comments, folds=self._folds,
            pairs=self._pairs if is_split else None,
            comment_width=box_text_width(self._view_width))
        self._painter = None
        self.virtual_size = Size(self._view_width, len(self._rows))
        row = find_place(self._rows, place)
        self.scroll_rows_to(row - height)
        self.move_cursor(row)
        self.refresh()
        self._tell_place()

    def _tell_place(self) -> None:
        told = f"{self.place_text}\n{self.marks_text}\n{self.current_path}\n{self.is_cut}"
        if told != self._told:
            self._told = told
            self.post_message(self.PlaceChanged(self))

    def watch_cursor_row(self, old: int, new: int) -> None:
        super().watch_cursor_row(old, new)
        self._tell_place()

    def on_resize(self, _event: events.Resize) -> None:
        self._lay_out_again()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter = None

    def _paint_state(self) -> DiffPainter:
        # The scroll bar takes a column when it comes, and no event tells of it.
        if self._painter is None or self._painter.width != self._view_width:
            self._painter = DiffPainter(
                rows=self._rows, glyphs=self.glyphs, styles=Styles(self._full, self._partial),
                width=self._view_width, is_live=self.is_live, dropped=self._dropped,
                viewed=self._viewed, words=self._pairs, syntax=self._syntax,
                code_offset=self._code_offset)
        return self._painter

    def _full(self, name: str) -> Style:
        return self.get_component_rich_style(f"diff-view--{name}")

    def _partial(self, name: str) -> Style:
        return self.get_component_rich_style(f"diff-view--{name}", partial=True)

    def render_line(self, y: int) -> Strip:
        at = self.scroll_offset.y + y
        if at >= len(self._rows):
            return Strip.blank(self._view_width, self._full("text"))
        is_cursor = at == self.cursor_row and self.has_focus
        return self._paint_state().paint(self._rows.row(at), is_cursor=is_cursor)
