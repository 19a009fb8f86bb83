"""`cockpit`: reads the command line, calls the module of the noun, turns errors into exit codes.

Nothing heavy is imported before it is needed: `--version` needs nothing, `--help` only cyclopts.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

from cockpit_tui import __version__

if TYPE_CHECKING:
    from cyclopts import App

NOUNS = ("demo", "run", "review", "plan", "jobs", "approvals", "projects", "agents", "config",
         "doctor")


def run() -> None:
    """The console script."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        print(f"cockpit {__version__}")  # noqa: T201
        sys.exit(0)
    sys.exit(main(sys.argv[1:]))


def main(arguments: list[str]) -> int:
    """Carry out one command line; the exit code of SPEC.md, section 6."""
    from cyclopts import CycloptsError

    from cockpit_tui.domain.errors import CockpitError

    app = build_app()
    try:
        result = app(arguments, exit_on_error=False, print_error=False,
                     result_action="return_value")
    except CycloptsError as error:
        return _complain(str(error), f"cockpit {_help_path(arguments)}--help lists what there is.",
                         code=2)
    except CockpitError as error:
        return _complain(error.message, error.hint, code=error.exit_code)
    except KeyboardInterrupt:
        return _complain("Interrupted. What was done is kept.", "cockpit jobs list", code=130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return int(result or 0)


def build_app() -> App:
    """The command tree, each noun loaded when it is called."""
    from cyclopts import App, Parameter

    app = App(name="cockpit", version=__version__, help_format="plaintext", help=(
        "Direct several AI coding agents from one terminal: review, plan, execute, verify, land."))
    for noun in NOUNS:
        app.command(f"cockpit_tui.cli.{noun}:app", name=noun)

    @app.default
    def screen(*, repo: Annotated[str, Parameter(help="A path in the repository.")] = ".",
               theme: Annotated[str, Parameter(help="Colours for this time.")] = "") -> int:
        """Open the screen in the current repository."""
        from cockpit_tui.cli.screen import open_screen

        return open_screen(repo, theme=theme)

    return app


def _help_path(arguments: list[str]) -> str:
    noun = arguments[0] if arguments and arguments[0] in NOUNS else ""
    return f"{noun} " if noun else ""


def _complain(message: str, hint: str, *, code: int) -> int:
    from cockpit_tui.domain.sanitize import sanitize

    sys.stderr.write(f"cockpit: {sanitize(message)}\n")
    if hint:
        sys.stderr.write(f"  {sanitize(hint)}\n")
    return code
