"""A review by rules: what the facts say in words, plainly marked as no work of a model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cockpit_tui.domain.drafts import ReviewDraft
from cockpit_tui.domain.review import (
    ClassFact,
    CommandFact,
    CommandKind,
    Finding,
    RepositoryFacts,
    Severity,
)
from cockpit_tui.providers.offline.families import describe_patterns, deviations
from cockpit_tui.providers.offline.picture import draw_architecture

_MAX_CONVENTIONS = 8
_MAX_FRAMEWORKS = 8
_MAX_MENTIONED = 5
_ORDER = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2, Severity.INFO: 3}
_WEB = {"Django", "Flask", "FastAPI", "Starlette", "Express", "Fastify", "Koa", "Hono", "NestJS",
        "Next.js", "Nuxt", "SvelteKit", "Rails", "Sinatra", "Laravel", "Gin", "Echo", "Fiber",
        "axum", "Actix Web", "Rocket", "Spring Boot", "aiohttp", "Tornado", "Quart", "Litestar"}
_SCREEN = {"React", "Vue", "Svelte", "Angular", "Solid", "Astro", "React Native", "Electron"}


def review_draft(facts: RepositoryFacts, request: str) -> ReviewDraft:
    """Summary, patterns, findings (gravest first) and a picture, from the facts alone."""
    findings = [*facts.risks, *_of_commands(facts), *deviations(facts), *_circles(facts),
                *_left_out(facts)]
    findings.sort(key=lambda finding: _ORDER[finding.severity])
    return ReviewDraft(
        summary=_summary(facts, request),
        patterns=(*describe_patterns(facts), *facts.conventions[:_MAX_CONVENTIONS]),
        findings=tuple(findings),
        architecture=draw_architecture(facts),
    )


def _summary(facts: RepositoryFacts, request: str) -> str:
    said = [f"Reviewed by rules, not AI: facts read from commit {facts.commit[:10]}; nothing of "
            "it was run."]
    if not facts.file_count:
        return f"{said[0]} The repository is empty."
    said += [_what(facts), *_how(facts), _tested(facts), _activity(facts),
             *_mentioned(facts, request)]
    return " ".join(filter(None, said))


def _what(facts: RepositoryFacts) -> str:
    total = sum(share.lines for share in facts.languages)
    if not total:
        return f"{_count(facts.file_count, 'file')}, none of them source code that is known here."
    shares = [f"{share.name} {share.lines / total:.0%}" for share in facts.languages[:4]
              if share.lines >= 0.01 * total]
    mix = f" ({', '.join(shares)})" if len(shares) > 1 else ""
    return (f"{_kind(facts)}: {_count(facts.file_count, 'file')}, {_count(total, 'line')} of "
            f"{facts.languages[0].name if not mix else 'code'}{mix}.")


def _kind(facts: RepositoryFacts) -> str:
    names = [share.name for share in facts.languages]
    language = next((name for name in names if name not in {"HTML", "CSS"}), names[0])
    if language == "JavaScript" and "TypeScript" in names[:2]:
        language = "TypeScript"  # Configuration and tests are often left in JavaScript.
    article = "An" if language[0] in "AEIO" or language == "HTML" else "A"
    known = set(facts.frameworks)
    exposed = [entry for entry in facts.entry_points if entry.startswith(("import ", "library "))]
    starts = [entry for entry in facts.entry_points if entry not in exposed]
    if web := [name for name in facts.frameworks if name in _WEB]:
        return f"{article} {language} web application on {web[0]}"
    if screen := [name for name in facts.frameworks if name in _SCREEN]:
        return f"{article} {language} application on {screen[0]}"
    if "Textual" in known or "Ratatui" in known or "Bubble Tea" in known:
        return f"{article} {language} terminal application"
    commands = [entry.split(" = ")[0] for entry in starts if " = " in entry]
    if commands:
        plural = "s" * (len(commands) > 1)
        return f"{article} {language} package with the command{plural} {_some(commands, 2)}"
    if starts:
        return f"{article} {language} program"
    if exposed or facts.command(CommandKind.BUILD):
        return f"{article} {language} library"
    return f"{article} {language} {'code base' if facts.packages else 'repository'}"


def _how(facts: RepositoryFacts) -> Iterator[str]:
    if facts.frameworks:
        yield f"It uses {_some(facts.frameworks, _MAX_FRAMEWORKS)}."
    if facts.instructions:
        yield f"Agents are told how to work here by {', '.join(facts.instructions[:3])}."


def _tested(facts: RepositoryFacts) -> str:
    test = facts.command(CommandKind.TEST)
    has_none = any(risk.title == "There are no tests" for risk in facts.risks)
    if test is None:
        return "It has no tests." if has_none else "No test command was found."
    if has_none:
        return f"No test files were found, though {test.source} offers `{test.command}`."
    can = "" if test.runnable else " They cannot run here: " + _reason(test)
    checks = [fact for kind in (CommandKind.LINT, CommandKind.TYPES)
              if (fact := facts.command(kind))]
    more = f" Checks: {', '.join(f'`{fact.command}`' for fact in checks)}." if checks else ""
    return f"Tests: `{test.command}` ({test.source}).{can}{more}"


def _reason(test: CommandFact) -> str:
    return (test.reason or "what they need is missing").rstrip(".") + "."


def _activity(facts: RepositoryFacts) -> str:
    if not facts.recent_commits:
        return ""
    last = facts.recent_commits[0]
    newest = f"{last.at[:10]} {last.subject!r}"
    if len(facts.recent_commits) == 1:
        is_all = "shallow" not in facts.truncated
        return f"One commit {'so far' if is_all else 'is there'}: {newest}."
    people = len({commit.author for commit in facts.recent_commits})
    return (f"{_count(facts.commits_last_90_days, 'commit')} in the last 90 days; the last "
            f"{len(facts.recent_commits)} come from {people} "
            f"{'person' if people == 1 else 'people'}, the newest is {newest}.")


def _mentioned(facts: RepositoryFacts, request: str) -> Iterator[str]:
    """The classes that the request means, by name or in words: "code reviewer"."""
    words = re.findall(r"[A-Za-z_$][\w$]*", request)
    phrases = {"".join(words[at: at + length]).lower()
               for length in (2, 3, 4) for at in range(len(words) - length + 1)}
    found = [fact for fact in facts.classes
             if fact.name in words or (len(fact.name) > 5 and fact.name.lower() in phrases)]
    if found:
        named = ", ".join(map(_place, found[:_MAX_MENTIONED]))
        yield f"The request names {named}."


def _place(fact: ClassFact) -> str:
    return f"{fact.name} ({fact.path}:{fact.line})"


def _of_commands(facts: RepositoryFacts) -> Iterator[Finding]:
    if not facts.languages or not facts.file_count:
        return
    test = facts.command(CommandKind.TEST)
    has_no_tests = any(risk.title == "There are no tests" for risk in facts.risks)
    if test is None and not has_no_tests and facts.packages:
        yield Finding(severity=Severity.MEDIUM, title="No test command was found",
                      detail="Work can be checked by reading only, until one is named.")
    elif test is not None and not test.runnable:
        yield Finding(severity=Severity.MEDIUM, title="The tests cannot run on this machine",
                      detail=f"{test.command}: {_reason(test)}",
                      path=test.source)
    if facts.packages and facts.command(CommandKind.LINT) is None:
        yield Finding(severity=Severity.INFO, title="No linter is configured",
                      detail="No configuration or script of one was found.")


def _circles(facts: RepositoryFacts) -> Iterator[Finding]:
    needs = {part.path: set(part.imports) for part in facts.packages}
    pairs = [(a, b) for a in needs for b in needs[a]
             if a < b and a in needs.get(b, ()) and not _is_face(a) and not _is_face(b)]
    if pairs:
        named = ", ".join(f"{a} and {b}" for a, b in sorted(pairs)[:3])
        more = f" and {len(pairs) - 3} more pairs" if len(pairs) > 3 else ""
        yield Finding(severity=Severity.INFO, path=sorted(pairs)[0][0],
                      title=f"{_count(len(pairs), 'pair')} of parts import each other",
                      detail=f"{named}{more}. Neither can be changed or tested alone.")


def _is_face(path: str) -> bool:
    return path.endswith(("__init__.py", "/index.ts", "/index.js", "/mod.rs", "/lib.rs"))


def _left_out(facts: RepositoryFacts) -> Iterator[Finding]:
    if facts.truncated:
        yield Finding(severity=Severity.INFO, title="The review is not complete",
                      detail=facts.truncated)


def _some(names: Sequence[str], most: int) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
