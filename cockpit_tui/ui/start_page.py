"""The page of a repository when no job is looked at: what to do, what is there, what went on."""

from __future__ import annotations

from datetime import datetime

from cockpit_tui.domain.job import Job
from cockpit_tui.domain.night_report import NightReport
from cockpit_tui.domain.project import Project, RepositoryState
from cockpit_tui.presentation.glyphs import GlyphSet, job_sign
from cockpit_tui.presentation.time import money, when
from cockpit_tui.ui.away_page import away_lines
from cockpit_tui.ui.lines import Ink, Line, foreign, plain
from cockpit_tui.ui.request_examples import EXAMPLE_REQUESTS
from cockpit_tui.ui.subject import BLANK, Subject, heading

TREE_ROWS = 200


def start_subject(project: Project | None, state: RepositoryState | None, jobs: tuple[Job, ...],
                  *, now: datetime, glyphs: GlyphSet, sandbox: str, waiting: int,
                  away: NightReport | None = None) -> Subject:
    """`project` None: no repository is known yet. `away`: what happened while nobody looked."""
    figures = (("nothing waits for you" if not waiting else "", Ink.MUTED),)
    if project is None:
        return Subject(key="start", title=(("Start", Ink.STRONG),), figures=figures, lines=(
            heading("No repository is known yet."), BLANK,
            Line((("  o", Ink.KEY), ("  in the Repos pane adds one by its path", Ink.PLAIN))),
            plain("  or start cockpit inside one", Ink.MUTED)))
    name = foreign(project.name)
    lines = away_lines(away, now, glyphs) if away is not None else []
    lines += [heading(f"What should be done in {name}?"), BLANK,
              Line((("  n", Ink.KEY), ("  Describe it in your own words", Ink.PLAIN)),
                   (("review, plan, build, verify, land", Ink.MUTED),))]
    if not jobs:
        lines += [plain(f"     {example}", Ink.MUTED) for example in EXAMPLE_REQUESTS]
    if jobs:
        lines += [BLANK, heading("Jobs here"), *(_job_line(job, now, glyphs) for job in jobs[:5])]
    if state is None:
        lines += [BLANK, plain("The repository cannot be read now.", Ink.FAILED),
                  plain(f"  {foreign(project.path)}", Ink.MUTED)]
    else:
        lines += _repository_lines(state, now, glyphs)
    contained = ("Agents' commands run in a sandbox (bubblewrap)." if sandbox == "bubblewrap"
                 else "There is no sandbox here: agents' commands run as you.")
    lines += [BLANK, plain(contained, Ink.MUTED if sandbox == "bubblewrap" else Ink.NOTICE),
              plain("Your working copy is not touched; agents work in their own worktrees.",
                    Ink.MUTED)]
    if not project.is_trusted:
        lines.append(plain("Commands of this repository are not trusted yet (: trust).",
                           Ink.NOTICE))
    return Subject(key=f"start:{project.id}", title=((f"Start {glyphs.separator} {name}",
                                                      Ink.STRONG),),
                   figures=figures, lines=tuple(lines),
                   hint=plain(" n says what should be done; nothing is changed before you approve"
                              " the plan."))


def _job_line(job: Job, now: datetime, glyphs: GlyphSet) -> Line:
    sign = job_sign(job.status, job.waiting_on, glyphs)
    ink = Ink.ATTENTION if sign.is_bold else Ink.MUTED
    return Line(((f"  {sign.glyph} #{job.number} {foreign(job.title)}", Ink.PLAIN),),
                ((f"{sign.word}  ", ink), (f"{money(job.cost_microusd)}  ", Ink.MUTED),
                 (when(job.finished_at or job.created_at, now), Ink.MUTED)))


def _repository_lines(state: RepositoryState, now: datetime, glyphs: GlyphSet) -> list[Line]:
    lines = [BLANK, Line((("Recent commits", Ink.STRONG),),
                         ((foreign(state.branch) or f"detached at {state.head[:8]}", Ink.MUTED),))]
    if not state.head:
        lines.append(plain("  no commit yet", Ink.MUTED))
    for commit in state.recent_commits[:5]:
        at = datetime.fromisoformat(commit.at.replace("Z", "+00:00"))
        lines.append(Line(((f"  {commit.sha[:8]} ", Ink.MUTED), (foreign(commit.subject),
                                                                 Ink.PLAIN)),
                          ((f"{foreign(commit.author)}, {when(at, now)}", Ink.MUTED),)))
    lines += [BLANK, Line((("Files", Ink.STRONG),), ((f"{state.file_count}", Ink.MUTED),)),
              *_tree(state.files, glyphs)]
    return lines


def _tree(paths: tuple[str, ...], glyphs: GlyphSet) -> list[Line]:
    """Folders first seen, first shown; each path under its folders, two cells a level."""
    lines: list[Line] = []
    opened: list[str] = []
    for path in paths[:TREE_ROWS]:
        *folders, name = path.split("/")
        common = 0
        while (common < min(len(folders), len(opened)) and folders[common] == opened[common]):
            common += 1
        opened = opened[:common]
        for folder in folders[common:]:
            lines.append(plain("  " * (len(opened) + 1) + f"{glyphs.unfolded} {foreign(folder)}/",
                               Ink.MUTED))
            opened.append(folder)
        lines.append(plain("  " * (len(folders) + 1) + f"  {foreign(name)}"))
    if len(paths) > TREE_ROWS:
        lines.append(plain(f"  {glyphs.gap} {len(paths) - TREE_ROWS} more", Ink.MUTED))
    return lines
