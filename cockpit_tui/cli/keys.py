"""`cockpit keys`: what providers are asked with, kept in the keyring or an encrypted file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

from cyclopts import App, Parameter

from cockpit_tui.cli.models_session import OwnModels, read_secret
from cockpit_tui.cli.output import print_json, print_lines, table, tell
from cockpit_tui.cli.session import run_async
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.config.catalogue_data import ProviderEntry
from cockpit_tui.config.keys import KeyInfo, KeyPlace, checked_key
from cockpit_tui.domain.errors import ProviderError, UsageError

app = App(name="keys", help=NOUNS["keys"])

Json = Annotated[bool, Parameter(help="JSON instead of words.")]
ProviderName = Annotated[str, Parameter(help="Whose key: anthropic, openai, ...")]
_PLACES = {KeyPlace.ENVIRONMENT: "variable {}", KeyPlace.KEYRING: "the system's keyring",
           KeyPlace.FILE: "{}"}


@app.command(name="list")
def list_keys(*, json: Json = False) -> int:
    """Which providers have a key, and where it is; never the key, at most how it ends."""
    own = OwnModels.load()
    found = own.keys.list(own.catalogue.providers.values())
    if json:
        print_json([asdict(info) for info in found])
        return 0
    if not found:
        print_lines(["No keys. Keep one with: cockpit keys set anthropic"])
        return 0
    print_lines(table([(info.provider, _place(info, found),
                        f"...{info.ending}" if info.ending else "")
                       for info in found], header=("provider", "where", "ends")))
    return 0


@app.command(name="set")
def set_key(provider: ProviderName, /, *, json: Json = False) -> int:
    """Keep a key, from stdin or typed unseen; an old one is replaced."""
    own = OwnModels.load()
    entry = own.provider(provider)
    place = own.keys.set(entry, read_secret(f"Key for {entry.title}"))
    _told(own, entry, place, "is kept", as_json=json)
    return 0


@app.command
def remove(provider: ProviderName, /, *, json: Json = False) -> int:
    """Forget a key; a variable stays, as it is not the cockpit's."""
    own = OwnModels.load()
    entry = own.provider(provider)
    places = own.keys.remove(entry)
    left = own.keys.info(entry, may_ask=False)
    if json:
        print_json({"provider": entry.name, "removed_from": [place.value for place in places],
                    "still_in": left.detail if left else None})
    elif not places:
        raise UsageError(f"The cockpit keeps no key for {entry.title}."
                         + (f" The variable {left.detail} has one." if left else ""),
                         hint="cockpit keys list shows what there is.")
    else:
        print_lines([f"The key for {entry.title} is gone from "
                     f"{' and '.join(_place_word(place) for place in places)}."])
        if left is not None:
            tell(f"! The variable {left.detail} still has one.")
    return 0


@app.command
def rotate(provider: ProviderName, /, *,
           model: Annotated[str, Parameter(help="What to test the new key with.")] = "",
           seconds: Annotated[float, Parameter(help="How long the test may take.")] = 15.0,
           json: Json = False) -> int:
    """Replace a key by a new one that has been tried; until it works, the old one stays.

    Exit code 5 where the new one does not work.
    """
    from cockpit_tui.cli.model_trial import try_model
    from cockpit_tui.cli.models_words import trial_lines, trial_wire
    from cockpit_tui.providers.pricing import PriceBook
    from cockpit_tui.providers.registry import source_for

    own = OwnModels.load()
    entry = own.provider(provider)
    found = own.catalogue.resolve(f"{entry.name}:{model}" if model else _cheapest(own, entry))
    key = checked_key(read_secret(f"New key for {entry.title}"))
    own.redactor.learn(key)
    source = source_for(own.catalogue, OneKey(key), redactor=own.redactor)
    trial = run_async(try_model(found.profile, source, prices=PriceBook(own.catalogue.prices),
                                redactor=own.redactor, seconds=seconds))
    if not trial.works:
        if json:
            print_json({**trial_wire(trial), "provider": entry.name, "rotated": False})
        else:
            print_lines(trial_lines(trial))
            tell("The old key stays.")
        return ProviderError.exit_code
    _told(own, entry, own.keys.set(entry, key), "works and replaces the old one", as_json=json)
    return 0


@dataclass(frozen=True, slots=True)
class OneKey:
    """A key that is not kept yet, in the store's place."""

    key: str

    def get(self, provider: ProviderEntry) -> str:
        return self.key


def _cheapest(own: OwnModels, entry: ProviderEntry) -> str:
    """The provider's weakest model, for a call that proves only the key."""
    known = [p for p in own.catalogue.models if p.provider == entry.name]
    if not known:
        raise UsageError(f"No model of {entry.title} is known to test the key with.",
                         hint=f"Name one: cockpit keys rotate {entry.name} --model MODEL")
    return min(known, key=lambda profile: profile.capability.rank).name


def _told(own: OwnModels, entry: ProviderEntry, place: KeyPlace, what: str, *,
          as_json: bool) -> None:
    used = own.keys.info(entry, may_ask=False)
    is_hidden = used is not None and used.place is not place
    if as_json:
        print_json({"provider": entry.name, "place": place.value, "rotated": True,
                    "hidden_by": used.detail if used and is_hidden else None})
        return
    print_lines([f"The key for {entry.title} {what}, in {_place_word(place)}."])
    if used is not None and is_hidden:
        tell(f"! The variable {used.detail} is set as well, and wins while it is.")


def _place(info: KeyInfo, every: Sequence[KeyInfo]) -> str:
    """Also who takes the same variable: changing it changes the key of all of them."""
    place = _PLACES[info.place].format(info.detail)
    others = [other.provider for other in every if other is not info and info.detail
              and (other.place, other.detail) == (info.place, info.detail)]
    is_shared = info.place is KeyPlace.ENVIRONMENT and others
    return f"{place}, shared with {', '.join(others)}" if is_shared else place


def _place_word(place: KeyPlace) -> str:
    return {KeyPlace.ENVIRONMENT: "the environment", KeyPlace.KEYRING: "the system's keyring",
            KeyPlace.FILE: "the encrypted file"}[place]
