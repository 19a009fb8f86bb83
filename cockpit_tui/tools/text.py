"""A text file's form: UTF-8, byte order mark, line ends; read once, kept on every write."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from cockpit_tui.domain.errors import ToolError

_BOMS_OF_OTHERS = {
    codecs.BOM_UTF32_LE: "UTF-32", codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16",
}
"""Longer marks first: UTF-32 LE begins like UTF-16 LE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    text: str
    """Without the byte order mark, with the file's own line ends."""
    has_bom: bool = False

    @property
    def line_end(self) -> str | None:
        """`\\n` or `\\r\\n` where the file uses only that; None if mixed or without any."""
        windows = self.text.count("\r\n")
        if windows == self.text.count("\n"):
            return "\r\n" if windows else None
        return "\n" if windows == 0 else None

    def encode(self, text: str) -> bytes:
        """`text` as bytes in this file's form: its mark kept, `text`'s line ends as they are."""
        return (codecs.BOM_UTF8 if self.has_bom else b"") + text.removeprefix("\ufeff").encode()


def read_text(data: bytes, path: str) -> TextFile:
    """Raises ToolError, which names what the file is, where it is not UTF-8 text."""
    for mark, name in _BOMS_OF_OTHERS.items():
        if data.startswith(mark):
            raise ToolError(f"{path!r} is {name} text; only UTF-8 is read and edited.")
    if b"\0" in data[:65_536]:
        raise ToolError(f"{path!r} is a binary file ({len(data):,} bytes); only text is read.")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ToolError(f"{path!r} is not UTF-8: byte 0x{data[error.start]:02x} in line {line}. It "
                        "is a binary file or in another encoding, such as Latin-1.") from error
    return TextFile(text=text.removeprefix("\ufeff"), has_bom=text.startswith("\ufeff"))


def with_line_ends(text: str, line_end: str | None) -> str:
    """`text` with every line ended by `line_end`; None leaves it alone."""
    if line_end is None:
        return text
    return re.sub("\r?\n", lambda _: line_end, text)
