"""`cockpit`: reads the command line, calls the module of the noun, turns errors into exit codes.

Nothing heavy is imported before it is needed: `--version` needs nothing, `--help` only cyclopts.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from cockpit_tui import __version__

if TYPE_CHECKING:
    from cyclopts import CycloptsError

_SIGPIPE_EXIT = 141


def run() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a locale without our symbols must not stop us
            stream.reconfigure(errors="backslashreplace")
    if sys.argv[1:] in (["--version"], ["-V"]):
        print(f"cockpit {__version__}")  # noqa: T201
        sys.exit(0)
    sys.exit(main(sys.argv[1:]))


def main(arguments: list[str]) -> int:
    """Carry out one command line; the exit code of SPEC.md, section 6."""
    from cockpit_tui.domain.errors import CockpitError

    if not arguments:  # the screen, without what only reading a command line needs
        from cockpit_tui.cli.screen import open_screen

        try:
            return open_screen(".")
        except CockpitError as error:
            return _complain(error.message, error.hint, code=error.exit_code)

    from cyclopts import CycloptsError

    from cockpit_tui.cli.tree import app

    try:
        result = app(arguments, exit_on_error=False, print_error=False,
                     result_action="return_value")
        sys.stdout.flush()
    except CycloptsError as error:
        return _complain(_usage_message(error, arguments),
                         f"cockpit {_help_path(arguments)}--help lists what there is.", code=2)
    except CockpitError as error:
        return _complain(error.message, error.hint, code=error.exit_code)
    except KeyboardInterrupt:
        return _complain("Interrupted. What was done is kept.", "cockpit jobs list", code=130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _SIGPIPE_EXIT
    except OSError as error:  # where nobody nearer had words for it
        from cockpit_tui.domain.os_words import os_words

        return _complain(f"The system refused: {os_words(error)}.", "cockpit doctor looks at the "
                         "disk and the folders.", code=1)
    return result if isinstance(result, int) else 0


def _usage_message(error: CycloptsError, arguments: list[str]) -> str:
    """Cyclopts' own words, but for a first word that is no command."""
    from cockpit_tui.cli.tree import NOUNS

    first = arguments[0] if arguments else ""
    if arguments[:2] in (["keys", "set"], ["keys", "rotate"]) and len(arguments) > 3:
        return ("A key never goes on the command line: it is in your shell's history now. Leave it "
                "away; you are asked for it, or it is read from stdin.")
    if first.startswith("-") or first in NOUNS or not first:
        return _clipped(str(error))
    from difflib import get_close_matches

    near = get_close_matches(first, NOUNS, n=1)
    meant = f" Did you mean {near[0]!r}?" if near else ""
    return f"There is no command {first[:80]!r}.{meant}"


def _clipped(text: str) -> str:
    """One line of a length that can be read, however long the argument was."""
    line = " ".join(text.split())
    return line if len(line) <= 300 else line[:299] + "…"


def _help_path(arguments: list[str]) -> str:
    from cockpit_tui.cli.tree import NOUNS

    noun = arguments[0] if arguments and arguments[0] in NOUNS else ""
    return f"{noun} " if noun else ""


def _complain(message: str, hint: str, *, code: int) -> int:
    """Say it on stderr, which may be gone after a hang-up; the exit code still tells."""
    from cockpit_tui.domain.sanitize import sanitize

    with suppress(OSError):
        sys.stderr.write(f"cockpit: {sanitize(message)}\n")
        if hint:
            sys.stderr.write(f"  {sanitize(hint)}\n")
        sys.stderr.flush()
    return code
