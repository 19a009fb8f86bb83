"""What the operating system refuses, in words: no `[Errno 28]` before a person."""

from __future__ import annotations

import errno
import os

_WORDS = {
    errno.ENOSPC: "no room is left on the disk",
    errno.EDQUOT: "your quota on the disk is used up",
    errno.EACCES: "you may not do that there (permissions)",
    errno.EPERM: "the system does not permit it",
    errno.EROFS: "the disk can only be read",
    errno.ENOENT: "there is no such file or folder",
    errno.ENOTDIR: "a file stands where a folder should be",
    errno.EISDIR: "a folder stands where a file should be",
    errno.EEXIST: "it is there already",
    errno.ENOTEMPTY: "the folder is not empty",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "its links lead in a circle",
    errno.EMFILE: "too many files are open (ulimit -n)",
    errno.ENFILE: "too many files are open on this machine",
    errno.ENOMEM: "no memory is left",
    errno.EAGAIN: "the system has no room for another process (ulimit -u)",
    errno.EIO: "the disk has a fault",
    errno.ECONNREFUSED: "nobody answers there",
}


def os_words(error: OSError) -> str:
    """Why, and of which file: `'/x/y': no room is left on the disk`. Without a full stop."""
    why = _WORDS.get(error.errno or 0) or error.strerror or type(error).__name__
    if error.filename is None:
        return why
    return f"{os.fsdecode(error.filename)!r}: {why}" if isinstance(
        error.filename, str | bytes) else why


def words_of(error: BaseException) -> str:
    """`os_words` for what the system refused; every other error's own words."""
    return os_words(error) if isinstance(error, OSError) else str(error)
