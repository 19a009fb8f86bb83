"""`cockpit models`: which there are, which of them work here, what they cost, and which leads."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import App, Parameter

from cockpit_tui.cli.models_session import OwnModels
from cockpit_tui.cli.output import fields, print_json, print_lines, table, tell
from cockpit_tui.cli.session import run_async
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.domain.errors import CockpitError, ProviderError
from cockpit_tui.domain.sanitize import sanitize_line

app = App(name="models", help=NOUNS["models"])

Json = Annotated[bool, Parameter(help="JSON instead of words.")]
Name = Annotated[str | None, Parameter(help="provider:model, an id or an alias; the lead's.")]
Provider = Annotated[str, Parameter(help="Only this provider's, with a key or without.")]


@app.command(name="list")
def list_models(*, provider: Provider = "",
                every: Annotated[bool, Parameter(name="--all", help=(
                    "Also those that need a key, and the retired ones."))] = False,
                json: Json = False) -> int:
    """What can be used here: providers with a key, local servers that answer, the offline rules."""
    from cockpit_tui.cli.models_rows import model_rows, row_wire

    own = OwnModels.load()
    if provider:
        own.provider(provider)
    rows = run_async(model_rows(own, run_async(_used_models())))
    shown = [row for row in rows if (not provider or row.profile.provider == provider)
             and (every or row.is_lead
                  or ((row.is_usable or bool(provider)) and not row.is_retired))]
    if json:
        print_json([row_wire(row) for row in shown])
        return 0
    print_lines(table([row.cells for row in shown], header=(
        "model", "here", "$ in", "$ out", "context", "strength", "until")))
    left = len({row.profile.name for row in rows if not row.is_retired}
               - {row.profile.name for row in shown})
    dated = next((row.price_from for row in shown if row.price_from.startswith("genai")), "")
    if dated:
        tell(f"Dollars per million tokens, {dated}.")
    if left and not provider:
        tell(f"{left} more need a key: cockpit models list --all. "
             "A key is kept with: cockpit keys set PROVIDER")
    return 0


async def _used_models() -> list[str]:
    """Who was asked, as the ledger has it; a ledger that cannot be read hides no catalogue."""
    from cockpit_tui.cli.session import reading_session
    from cockpit_tui.config.paths import Paths
    from cockpit_tui.domain.spending import UsageBy

    if not Paths.from_environment().database.exists():
        return []
    try:
        async with reading_session() as engine:
            lines = (await engine.usage(UsageBy.MODEL)).lines
    except CockpitError:
        return []
    return [line.detail or line.name for line in lines]


@app.command
def use(name: Annotated[str, Parameter(help="provider:model, an id or an alias.")], /) -> int:
    """Make a model the lead: it reviews, plans and judges, and tasks get it or weaker ones."""
    from cockpit_tui.cli.config_file import set_value
    from cockpit_tui.cli.config_values import sources_of
    from cockpit_tui.config.paths import Paths
    from cockpit_tui.providers.registry import missing_key

    own = OwnModels.load()
    found = own.catalogue.resolve(name)
    if found.warning:
        tell(f"! {found.warning}")
    file = Paths.from_environment().settings_file
    set_value(file, "job.model", found.profile.name)
    print_lines([f"The lead is {sanitize_line(found.profile.name)} now."])
    source = sources_of().get("job.model")
    if source is not None and source != str(file):
        tell(f"! {source} is set as well, and wins while it is.")
    entry = own.catalogue.providers.get(found.profile.provider)
    if entry is not None and entry.needs_key and not own.keys.has(entry):
        refused = missing_key(entry)
        tell(f"! {refused.message} {refused.hint}")
    else:
        tell("Try it: cockpit models test")
    return 0


@app.command(name="test")
def try_it(name: Name = None, /, *, json: Json = False,
           seconds: Annotated[float, Parameter(help="How long it may take.")] = 5.0) -> int:
    """One tiny call: whether it works, how fast, what it costs, and what is wrong if it does not.

    Exit code 5 where it does not work.
    """
    from cockpit_tui.cli.model_trial import try_model
    from cockpit_tui.cli.models_words import trial_lines, trial_wire
    from cockpit_tui.providers.pricing import PriceBook
    from cockpit_tui.providers.registry import resolve_model, source_for

    own = OwnModels.load()
    found = resolve_model(own.catalogue, name or own.settings.job.model)
    source = source_for(own.catalogue, own.keys, redactor=own.redactor)
    trial = run_async(try_model(found.profile, source, prices=PriceBook(own.catalogue.prices),
                                redactor=own.redactor, seconds=seconds, warning=found.warning))
    if json:
        print_json(trial_wire(trial))
    else:
        print_lines(trial_lines(trial))
    return 0 if trial.works else ProviderError.exit_code


@app.command
def prices(name: Name = None, /, *, json: Json = False) -> int:
    """What models cost per million tokens, and where that is from; all of them, or one."""
    from cockpit_tui.cli.models_words import price_cells, price_wire
    from cockpit_tui.providers.pricing import PriceBook
    from cockpit_tui.providers.registry import resolve_model

    own = OwnModels.load()
    book = PriceBook(own.catalogue.prices)
    if name is None:
        profiles = [profile for profile in own.catalogue.models if not profile.is_local]
    else:
        found = resolve_model(own.catalogue, name)
        if found.warning:
            tell(f"! {found.warning}")
        profiles = [found.profile]
    if json:
        print_json([price_wire(profile, book) for profile in profiles])
    elif name is None:
        print_lines(table([price_cells(profile, book) for profile in profiles], header=(
            "model", "$ in", "$ out", "$ cache read", "$ cache write", "from")))
    else:
        titles = ("model", "in", "out", "cache read", "cache write", "from")
        print_lines(fields(zip(titles, price_cells(profiles[0], book), strict=True)))
    if not json:
        tell("Dollars per million tokens, for short prompts; ? is unknown, never free.")
    return 0


@app.command
def why(*, role: Annotated[str, Parameter(help="Which kind of agent.")] = "BackendDeveloper",
        task_class: Annotated[str, Parameter(name="--class", help=(
            "simple-crud, standard, complex-logic or auth-security; all of them."))] = "",
        mode: Annotated[Literal["frugal", "balanced", "performance", "busu"] | None, Parameter(
            help="Cost against strength.")] = None,
        model: Annotated[str | None, Parameter(help="The lead, instead of yours.")] = None,
        json: Json = False) -> int:
    """Who is asked for what, in which order, and for which reason."""
    from cockpit_tui.cli.models_why import keyless, routes, why_lines, why_wire

    own = OwnModels.load()
    found = routes(own, mode=mode, role=role, task_class=task_class, model=model)
    if json:
        print_json(why_wire(found))
    else:
        print_lines([*why_lines(found), *map(sanitize_line, keyless(own, found))])
    return 0
