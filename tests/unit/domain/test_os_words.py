"""What the system refuses is told in words, with the file it is about."""

from __future__ import annotations

import errno
import os

import pytest

from cockpit_tui.domain.os_words import os_words, words_of


@pytest.mark.parametrize(("error", "words"), [
    (OSError(errno.ENOSPC, "No space left on device"), "no room is left on the disk"),
    (OSError(errno.EACCES, "Permission denied", "/x/y"),
     "'/x/y': you may not do that there (permissions)"),
    (OSError(errno.EBADF, "Bad file descriptor", b"/x"), "'/x': Bad file descriptor"),
    (OSError(errno.EBADF, "Bad file descriptor", 7), "Bad file descriptor"),
    (TimeoutError(), "TimeoutError"),
])
def test_words(error: OSError, words: str) -> None:
    assert os_words(error) == words_of(error) == words


def test_every_code_that_is_known_hides_its_number() -> None:
    for code in errno.errorcode:
        assert "Errno" not in os_words(OSError(code, os.strerror(code), "/x"))
    assert words_of(ValueError("no number")) == "no number"
