"""What a form says about a model's name: what it means, whether it can be asked here, what it is.

The catalogue and the keys are read by `load_model_book`, which takes time and belongs in a thread;
a book answers at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.domain.job import Mode
from cockpit_tui.domain.model import RULES_PROFILE, ModelProfile
from cockpit_tui.presentation.spending import is_rules
from cockpit_tui.presentation.time import tokens

if TYPE_CHECKING:
    from cockpit_tui.config.catalogue import Catalogue

MODE_WORDS: Mapping[Mode, str] = {
    Mode.FRUGAL: "each task gets the least costly model that may do",
    Mode.BALANCED: "cheap models for simple tasks, strong ones for hard tasks",
    Mode.PERFORMANCE: "strong models, the strongest for hard tasks",
    Mode.BUSU: "the strongest model for everything, whatever it costs",
}
RULES_WORDS = "Rules, not AI: no model is asked, nothing is paid, only certain requests work."


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelNote:
    text: str
    full_name: str = ""
    """`provider:model` that the name means; empty where it means nothing."""
    is_trouble: bool = False
    """It cannot be asked as things are, or not for long, or it is not what one may think."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelBook:
    catalogue: Catalogue
    keys: Mapping[str, str]
    """Provider → where its key is; missing where there is none."""
    named: tuple[str, ...] = ()
    """Models that the person's settings name, of own endpoints too; as they are written there."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every known model, those that can be asked first, the offline rules last of them."""
        known = self._known()
        usable = [p.name for p in known if not self._lacks_key(p)]
        return (*usable, RULES_PROFILE.name, *(p.name for p in known if self._lacks_key(p)))

    def _known(self) -> tuple[ModelProfile, ...]:
        """The catalogue's and the named ones; a name that means nothing is left out."""
        known = {profile.name: profile for profile in self.catalogue.models}
        for name in self.named:
            try:
                profile = self.catalogue.resolve(name).profile
            except CockpitError:
                continue
            if profile.provider in self.catalogue.providers:
                known.setdefault(profile.name, profile)
        return tuple(known.values())

    def matches(self, text: str) -> tuple[str, ...]:
        """The names with all words of `text` in them, those that begin with it first."""
        words = text.lower().split()
        found = [name for name in self.names if all(word in name.lower() for word in words)]
        return tuple(sorted(found, key=lambda name: not name.lower().startswith(
            text.strip().lower())))

    def note(self, name: str) -> ModelNote:
        """What a person should know of `name` before they start with it."""
        name = name.strip()
        if is_rules(name):
            return ModelNote(text=RULES_WORDS, full_name=RULES_PROFILE.name, is_trouble=True)
        if not name:
            return ModelNote(text=f"Name a model; {RULES_PROFILE.name} works without any.",
                             is_trouble=True)
        try:
            found = self.catalogue.resolve(name)
        except CockpitError as error:
            return ModelNote(text=f"{error.message} {error.hint}".strip(), is_trouble=True)
        profile, provider = found.profile, self.catalogue.providers.get(found.profile.provider)
        if provider is None:
            return ModelNote(text="Plays a recorded session; no model is asked.",
                             full_name=profile.name)
        said = [found.warning] if found.warning else []
        if self._lacks_key(profile):
            said.append(f"No key for {provider.title}: cockpit keys set {provider.name}, or set "
                        f"{provider.api_key_env[0]}.")
        elif self.catalogue.entry_of(profile) is None and not profile.is_local \
                and profile.price is None:
            said.append(f"The catalogue does not know {profile.name}: its price is unknown.")
        if said:
            return ModelNote(text=" ".join(said), full_name=profile.name, is_trouble=True)
        return ModelNote(text=self._plain_words(name, profile), full_name=profile.name)

    def _lacks_key(self, profile: ModelProfile) -> bool:
        provider = self.catalogue.providers.get(profile.provider)
        return provider is not None and provider.needs_key and provider.name not in self.keys

    def _plain_words(self, name: str, profile: ModelProfile) -> str:
        provider = self.catalogue.providers[profile.provider]
        means = "" if name == profile.name else f"{profile.name}: "
        if profile.is_local:
            start = f"; {provider.start} starts it" if provider.start else ""
            return f"{means}{provider.title} on this machine, no bill{start}."
        key = self.keys.get(provider.name, "no key needed")
        return (f"{means}{profile.capability.value}, {tokens(profile.context_tokens)} tokens at "
                f"once, {provider.title}, {key}.")


def load_model_book() -> ModelBook:
    """The person's catalogue, and which providers have a key; nobody is asked for a passphrase.

    Blocking: reads files and may ask the system's keyring. Raises UsageError for settings that do
    not fit.
    """
    from cockpit_tui.config.catalogue import Catalogue, named_models
    from cockpit_tui.config.keys import KeyPlace, KeyStore
    from cockpit_tui.config.paths import Paths
    from cockpit_tui.config.settings import load_settings

    paths = Paths.from_environment()
    settings = load_settings(paths.settings_file)
    catalogue = Catalogue.load(settings)
    store, keys = KeyStore(paths.config), {}
    for provider in catalogue.providers.values():
        info = store.info(provider, may_ask=False) if provider.needs_key else None
        if info is not None:
            place = info.detail if info.place is KeyPlace.ENVIRONMENT else info.place.value
            keys[provider.name] = f"key in {place}"
    return ModelBook(catalogue=catalogue, keys=keys,
                     named=(*settings.models, *named_models(settings)))
