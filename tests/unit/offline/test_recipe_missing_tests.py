"""Add missing tests: they run, they pass, they fail when the code breaks, and nothing acts."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from support.recipe_driver import RecipeDriver, facts_with, order_of, write_tree

from cockpit_tui.domain.drafts import PhaseDraft, TaskDraft
from cockpit_tui.domain.review import ClassFact, CommandKind, RepositoryFacts
from cockpit_tui.providers.offline.recipe import CannotWork
from cockpit_tui.providers.offline.recipes.missing_tests import MissingTests
from cockpit_tui.providers.offline.recipes.tests_by_rule.python_surface import read_surface
from cockpit_tui.providers.offline.recipes.tests_by_rule.request import asked_targets

RECIPE = MissingTests()
FACTS = replace(
    facts_with((CommandKind.TEST, "python -m pytest -q")),
    classes=(ClassFact(name="Widget", path="shop/widget.py", line=1, language="Python"),))

TEXT = '''\
"""Text."""

import re
from dataclasses import dataclass
from enum import Enum


class Colour(Enum):
    RED = 1
    BLUE = 2


@dataclass
class Label:
    text: str
    size: int = 3


class Shop:
    def sell(self, item):
        """
        >>> Shop().sell("tea")
        'sold tea'
        """
        return "sold " + item


def slugify(text: str, joiner: str = "-") -> str:
    """Lower case, words joined.

    >>> slugify("Hello World")
    'hello-world'
    >>> parts = [slugify(word) for word in ("A b", "C")]
    >>> parts
    ['a-b', 'c']
    >>> slugify(None)
    Traceback (most recent call last):
    AttributeError: 'NoneType' object has no attribute 'lower'
    >>> print(slugify("x"))
    x
    """
    return joiner.join(re.findall(r"\\w+", text.lower()))


def longest(words: list[str], limit: int | None = None) -> str | None:
    chosen = sorted(words, key=len)[-1:]
    return chosen[0] if chosen else None


def untyped(a, *rest, key=None, **more):
    return a


async def answer_later(url): ...


def _private(): ...


def delete_everything(path: str) -> None:
    raise SystemExit("this must never be called")


def half(value: int) -> int:
    """Documented wrongly.

    >>> half(4)
    3
    """
    return value // 2
'''


@pytest.mark.parametrize(("request_text", "targets"), [
    ("Add missing tests", ()),
    ("write missing unit tests for utils", ("utils",)),
    ("Add tests for shop/text.py", ("shop/text.py",)),
    ("Please add unit tests for the modules without tests", ()),
    ("Increase the test coverage", ()),
    ("Add a CI workflow and missing tests", ()),
    ("Add a CI workflow, a .gitignore and tests", ()),
    ("create tests for shop.text and shop.price", ("shop.text", "shop.price")),
    ("add tests for the Widget class", ("Widget",)),
    ("Generate tests for every public function", ()),
    ("tests for utils", ("utils",)),
    ("add text_tools.py tests", ("text_tools.py",)),
])
def test_asks_for_tests(request_text: str, targets: tuple[str, ...]) -> None:
    assert RECIPE.matches(request_text, FACTS)
    assert asked_targets(request_text, FACTS) == targets


@pytest.mark.parametrize("request_text", [
    "add tests for login via Google",
    "Add a MetricsAgent like the others, with tests",
    "Add a MetricsAgent and tests for it",
    "Add a Widget class and tests",
    "Add a CI workflow that runs lint and tests",
    "fix the failing tests",
    "make the tests faster",
    "Add a test for division by zero",
    "remove the tests for utils",
    "Add end-to-end tests for the checkout flow",
    "improve coverage to 90 percent",
    "add load testing",
    "add an A/B test",
    "refactor utils and add a test mode",
])
def test_does_not_claim_tests_of_features(request_text: str) -> None:
    assert not RECIPE.matches(request_text, FACTS)


def project(root: Path, **more: str) -> Path:
    return write_tree(root, {
        "pyproject.toml": '[project]\nname = "shop"\n', "shop/__init__.py": "",
        "shop/text.py": TEXT, "shop/price.py": "def net(gross: float) -> float:\n"
                                               "    return gross / 1.2\n",
        "tests/test_price.py": "from shop.price import net\n\n\ndef test_net():\n"
                               "    assert net(12) == 10\n", **more})


def plan_one(root: Path, request: str = "Add missing tests",
             facts: RepositoryFacts = FACTS) -> TaskDraft:
    (phase,) = RecipeDriver(root=root).plan(RECIPE, request, facts)
    (task,) = phase.tasks
    return task


def test_a_python_module_end_to_end(tmp_path: Path) -> None:
    driver = RecipeDriver(root=project(tmp_path))
    phases = driver.plan(RECIPE, "Add missing tests", FACTS)
    task = phases[0].tasks[0]
    command = "python -m pytest -q tests/test_text.py"
    assert phases == (PhaseDraft(title="Missing tests", tasks=(TaskDraft(
        key="tests-1", title="Test shop.text", role="Tester", instructions=task.instructions,
        owned_paths=("tests/test_text.py",), acceptance=(command,), minutes=2.0,
        task_class="simple-crud"),)),)
    assert order_of(task) == ("missing-tests", {
        "module_path": "shop/text.py", "module": "shop.text", "test_path": "tests/test_text.py",
        "style": "pytest", "command": command})
    assert driver.work(RECIPE, task) == (
        "Wrote tests/test_text.py with 9 tests for shop.text: 2 from documented examples, 4 from "
        "annotated types, 3 of names and signatures only; all pass. Left out, because they fail on "
        "the code as it is: test_half_examples. Either the documentation or the code is wrong "
        "there.")
    assert (tmp_path / "tests/test_text.py").read_text() == '''\
"""Tests of shop.text: its documented examples, annotated types, names and signatures."""

from __future__ import annotations

from inspect import signature

import pytest

from shop.text import Colour, Label, Shop, answer_later, half, longest, slugify, untyped


def test_colour_has_its_members() -> None:
    assert list(Colour.__members__) == ["RED", "BLUE"]


def test_label_keeps_what_it_is_given() -> None:
    built = Label(text="abc")
    assert built.text == "abc"


def test_shop_sell_examples() -> None:
    assert Shop().sell('tea') == 'sold tea'


def test_slugify_examples() -> None:
    assert slugify('Hello World') == 'hello-world'
    parts = [slugify(word) for word in ('A b', 'C')]
    assert parts == ['a-b', 'c']
    with pytest.raises(AttributeError):
        slugify(None)
    assert str(slugify('x')) == 'x'


def test_slugify_returns_str() -> None:
    assert isinstance(slugify("abc"), str)


def test_longest_returns_str_or_none() -> None:
    assert isinstance(longest(["abc", "def"]), (str, type(None)))


def test_half_returns_int() -> None:
    assert isinstance(half(2), int)


def test_signatures() -> None:
    assert list(signature(slugify).parameters) == ["text", "joiner"]
    assert list(signature(longest).parameters) == ["words", "limit"]
    assert list(signature(untyped).parameters) == ["a", "rest", "key", "more"]
    assert list(signature(answer_later).parameters) == ["url"]
    assert list(signature(half).parameters) == ["value"]


def test_methods() -> None:
    assert set(dir(Shop)) >= {"sell"}
'''
    assert driver.accept(task) == {command: 0}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[RecipeDriver, TaskDraft]:
    """A project whose tests are written and pass."""
    driver = RecipeDriver(root=project(tmp_path_factory.mktemp("shop")))
    task = plan_one(driver.root)
    driver.work(RECIPE, task)
    assert set(driver.accept(task).values()) == {0}
    return driver, task


@pytest.mark.parametrize(("old", "new"), [
    ("text.lower()", "text.upper()"),
    ("return joiner.join", "return list"),
    ("joiner: str = ", "glue: str = "),
    ("return chosen[0] if chosen else None", "return chosen"),
    ("return value // 2", "return value / 2"),
    ("    BLUE = 2", "    GREEN = 2"),
    ('return "sold " + item', "return item"),
    ("def sell(", "def vend("),
    ("def untyped(a, *rest", "def untyped(*rest"),
    ("    text: str\n", "    label: str\n"),
])
def test_the_tests_fail_when_the_code_breaks(written: tuple[RecipeDriver, TaskDraft], old: str,
                                             new: str) -> None:
    driver, task = written
    assert TEXT.count(old) == 1
    (driver.root / "shop/text.py").write_text(TEXT.replace(old, new))
    assert set(driver.accept(task).values()) == {1}


def test_without_pytest_here_they_are_written_for_the_standard_library(tmp_path: Path) -> None:
    root = write_tree(tmp_path, {"src/shop/__init__.py": "", "src/shop/text.py": TEXT})
    facts = facts_with((CommandKind.TEST, "python -m pytest -q"), runnable=False)
    task = plan_one(root, facts=facts)
    assert task.acceptance == ("PYTHONPATH=src python3 -m unittest tests/test_text.py",)
    driver = RecipeDriver(root=root)
    said = driver.work(RECIPE, task)
    text = (root / "tests/test_text.py").read_text()
    assert "import pytest" not in text
    assert "with self.assertRaises(AttributeError):\n            slugify(None)\n" in text
    assert "test_half_examples" in said
    assert driver.accept(task) == {task.acceptance[0]: 0}
    (root / "src/shop/text.py").write_text(TEXT.replace("text.lower()", "text.upper()"))
    assert driver.accept(task) == {task.acceptance[0]: 1}


@pytest.mark.parametrize(("files", "test_path", "command"), [
    ({"src/shop/__init__.py": "", "src/shop/a.py": TEXT}, "tests/test_a.py",
     "python -m pytest -q -o pythonpath=src tests/test_a.py"),
    ({"src/shop/__init__.py": "", "src/shop/a.py": TEXT,
      "pytest.ini": "[pytest]\npythonpath = src\n"}, "tests/test_a.py",
     "python -m pytest -q tests/test_a.py"),
    ({"a.py": TEXT, "tests/unit/test_b.py": "", "tests/unit/test_c.py": ""},
     "tests/unit/test_a.py", "python -m pytest -q tests/unit/test_a.py"),
    ({"a.py": TEXT, "b_test.py": "", "b.py": "import a\n"}, "a_test.py",
     "python -m pytest -q a_test.py"),
    ({"shop/__init__.py": "", "shop/a.py": TEXT, "shop/b.py": "", "tests/test_x.py": "",
      "tests/other/test_c.py": ""}, "tests/test_a.py", "python -m pytest -q tests/test_a.py"),
])
def test_they_go_where_the_others_are(tmp_path: Path, files: dict[str, str], test_path: str,
                                      command: str) -> None:
    root = write_tree(tmp_path, files)
    task = plan_one(root)
    assert (task.owned_paths, task.acceptance) == ((test_path,), (command,))
    RecipeDriver(root=root).work(RECIPE, task)  # It runs them: it fails if they cannot be found.


def test_only_the_named_module_is_meant(tmp_path: Path) -> None:
    root = project(tmp_path, **{"shop/extra.py": "def f(x: int) -> int:\n    return x\n"})
    assert plan_one(root, "add tests for extra").title == "Test shop.extra"
    with pytest.raises(CannotWork, match="no module here that 'login' names"):
        plan_one(root, "add tests for login")
    with pytest.raises(CannotWork, match=r"shop/price\.py: tests/test_price\.py tests it already"):
        plan_one(root, "add tests for shop/price.py")


def test_a_module_that_other_tests_import_counts_as_tested(tmp_path: Path) -> None:
    root = project(tmp_path, **{"tests/test_all.py": "from shop import slugify\n"})
    with pytest.raises(CannotWork, match=r"shop/text\.py: tests/test_all\.py tests it already"):
        plan_one(root)


@pytest.mark.parametrize(("source", "problem"), [
    ("import sys\nsys.exit(3)\ndef f(): ...\n", "importing it runs code (line 2: sys.exit(...))"),
    ("def f(:\n", "it is not valid Python"),
    ("for x in []:\n    launch(x)\n", "importing it runs code (line 2: launch(...))"),
])
def test_modules_that_must_not_be_imported(source: str, problem: str) -> None:
    assert read_surface(source, "m").problem.startswith(problem)


@pytest.mark.parametrize("body", [
    "open(text, 'w')", "Path(text).touch()", "os.remove(text)", "STATE.append(text)",
    "global STATE", "STATE['a'] = 1", "helper(text)", "while text: pass", "print(text)",
    "text.x = 3", "import subprocess", "(lambda: eval(text))()", "requests.get(text)",
])
def test_what_does_more_than_compute_is_never_called(body: str) -> None:
    source = ("import os\nimport requests\nfrom pathlib import Path\nSTATE = []\n\n"
              "def helper(x):\n    os.remove(x)\n\n"
              f"def shape(text: str) -> str:\n    {body}\n    return text\n")
    named = [test.name for test in read_surface(source, "m").tests]
    assert "test_signatures" in named
    assert "test_shape_returns_str" not in named


@pytest.mark.parametrize("name", ["send_mail", "deleteAll", "main", "run", "HTTPConnect", "save"])
def test_what_sounds_like_an_act_gets_no_test_at_all(name: str) -> None:
    source = f'def {name}(text: str) -> str:\n    """\n    >>> {name}("a")\n    \'a\'\n    """\n'
    assert read_surface(source + "    return text\n", "m").tests == ()


def test_a_module_that_cannot_be_imported_here_is_reported(tmp_path: Path) -> None:
    root = project(tmp_path, **{"shop/text.py": "import not_installed_anywhere\n" + TEXT})
    task = plan_one(root)
    with pytest.raises(CannotWork, match="No module named 'not_installed_anywhere'"):
        RecipeDriver(root=root).work(RECIPE, task)


def test_a_large_repository_is_taken_in_portions(tmp_path: Path) -> None:
    root = write_tree(tmp_path, {f"shop/m{n:02}.py": f"def f{n}(x: int) -> int:\n    return x\n"
                                 for n in range(12)})
    driver = RecipeDriver(root=root)
    (phase,) = driver.plan(RECIPE, "Add missing tests", FACTS)
    assert driver.notes == ["Tests are planned for 8 modules at a time; 4 more may lack tests: ask "
                            "again after this job."]
    assert len({task.key for task in phase.tasks}) == len(phase.tasks) == 8


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_an_es_module_where_node_test_is_used(tmp_path: Path) -> None:
    root = write_tree(tmp_path, {
        "package.json": '{"type": "module", "scripts": {"test": "node --test"}}',
        "src/text.js": "export function slug(text, joiner) {\n  return text + joiner;\n}\n"
                       "export const later = async ({ a }) => a;\n"
                       "export class Shop {\n}\n"
                       "export function open({ a }, b = 2) {\n}\n",
        "src/act.js": "console.log('x');\nexport function f() {\n}\n"})
    task = plan_one(root, facts=facts_with((CommandKind.TEST, "npm test")))
    driver = RecipeDriver(root=root)
    assert driver.work(RECIPE, task).startswith("Wrote test/text.test.js: 3 exported names")
    assert driver.accept(task) == {"node --test test/text.test.js": 0}
    for old, new in (("slug(text, joiner)", "slug(text)"), ("export class", "class")):
        text = (root / "src/text.js").read_text()
        (root / "src/text.js").write_text(text.replace(old, new))
        assert driver.accept(task) == {"node --test test/text.test.js": 1}
        (root / "src/text.js").write_text(text)
