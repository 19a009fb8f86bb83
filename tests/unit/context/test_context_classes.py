"""Classes and the pattern around them, in Python and TypeScript."""

from __future__ import annotations

from support.trees import PYTHON_AGENTS, TYPESCRIPT_AGENTS, tree

from cockpit_tui.context.facts import collect_facts
from cockpit_tui.domain.review import ClassFact


def test_python_classes_know_their_bases_tests_and_exports() -> None:
    facts = collect_facts(tree(PYTHON_AGENTS))

    assert facts.classes == (
        ClassFact(name="BackendDeveloper", path="agents/backend_developer.py", line=6,
                  language="Python", bases=("BaseAgent",),
                  tested_by=("tests/test_backend_developer.py",),
                  exported_in=("agents/__init__.py",)),
        ClassFact(name="BaseAgent", path="agents/base.py", line=4, language="Python",
                  bases=("ABC",), is_abstract=True, exported_in=("agents/__init__.py",)),
        ClassFact(name="CodeArchitect", path="agents/code_architect.py", line=6,
                  language="Python", bases=("BaseAgent",),
                  tested_by=("tests/test_code_architect.py",),
                  exported_in=("agents/__init__.py", "agents/registry.py")),
        ClassFact(name="Tester", path="agents/tester.py", line=6, language="Python",
                  bases=("BaseAgent",), exported_in=("agents/registry.py",)),
    )


def test_typescript_classes_know_their_bases_tests_and_exports() -> None:
    facts = collect_facts(tree(TYPESCRIPT_AGENTS))

    assert facts.classes == (
        ClassFact(name="BaseAgent", path="src/agents/BaseAgent.ts", line=2,
                  language="TypeScript", is_abstract=True,
                  exported_in=("src/agents/index.ts",)),
        ClassFact(name="CodeArchitect", path="src/agents/CodeArchitect.ts", line=4,
                  language="TypeScript", bases=("BaseAgent", "Runnable", "Named"),
                  tested_by=("tests/CodeArchitect.test.ts",),
                  exported_in=("src/agents/index.ts",)),
        ClassFact(name="Tester", path="src/agents/Tester.ts", line=3, language="TypeScript",
                  bases=("BaseAgent",), exported_in=("src/agents/index.ts",)),
    )


def test_javascript_class_forms_are_found_and_look_alikes_are_not() -> None:
    text = (
        "const Model = require('./model');\n"
        "const html = `<div class=\"a\"> class InTemplate extends X { }`;\n"
        "const pattern = /class Regex \\{ \"/;\n"
        "/* class InComment { } */\n"
        "exports.User = class extends Model { };\n"
        "class Admin extends mixin(Role, Model).Base { };\n"
        "class Plain { field = { class: 1 }; }\n"
        "module.exports = { Admin, Plain };\n")

    facts = collect_facts(tree({"lib/user.js": text}))

    assert [(c.name, c.line, c.bases) for c in facts.classes] == [
        ("User", 5, ("Model",)), ("Admin", 6, ("mixin.Base",)), ("Plain", 7, ())]


def test_a_python_class_is_abstract_by_metaclass_method_or_not_implemented() -> None:
    text = ("import abc\n"
            "class A(metaclass=abc.ABCMeta): pass\n"
            "class B:\n    def f(self):\n        raise NotImplementedError\n"
            "class C:\n    def f(self):\n        '''Doc.'''\n        raise NotImplementedError()\n"
            "class D(Generic[T], Base[int], mod.Other): pass\n")

    facts = collect_facts(tree({"m.py": text}))

    assert [(c.name, c.bases, c.is_abstract) for c in facts.classes] == [
        ("A", (), True), ("B", (), True), ("C", (), True), ("D", ("Base", "mod.Other"), False)]


def test_a_name_in_a_test_s_strings_or_in_another_language_is_no_test() -> None:
    facts = collect_facts(tree({
        "pkg/only.py": "class Only: pass\n",
        "tests/test_words.py": "def test_words():\n    assert 'Only'  # Only here\n",
        "tests/words.test.js": "new Only()\n",
    }))

    assert [fact.tested_by for fact in facts.classes] == [()]


def test_a_base_that_only_shares_its_name_with_an_own_class_is_given_in_full() -> None:
    facts = collect_facts(tree({
        "app/mail.py": "class Message: pass\nclass Letter(Message): pass\n",
        "app/screen.py": "from textual.message import Message\nclass Shown(Message): pass\n",
        "app/fax.py": "from app.mail import Message\nclass Fax(Message): pass\n",
    }))

    assert {fact.name: fact.bases for fact in facts.classes} == {
        "Message": (), "Letter": ("Message",), "Shown": ("textual.message.Message",),
        "Fax": ("Message",)}


def test_a_registry_exports_what_it_lists_and_not_what_it_only_uses() -> None:
    facts = collect_facts(tree({
        "app/parts.py": "class Listed: pass\nclass Called: pass\nclass Used: pass\n",
        "app/registry.py": "from app.parts import Called, Listed, Used\n"
                           "PARTS: dict[str, Used] = {'a': Listed}\nPARTS.update(b=Called)\n",
    }))

    assert {fact.name: fact.exported_in for fact in facts.classes} == {
        "Listed": ("app/registry.py",), "Called": ("app/registry.py",), "Used": ()}


def test_two_classes_of_one_name_share_no_tests() -> None:
    facts = collect_facts(tree({
        "a/client.py": "class Client: pass\n", "b/server.py": "class Client: pass\n",
        "tests/test_client.py": "from a.client import Client\n\ndef test_it(): Client()\n",
    }))

    assert {fact.path: fact.tested_by for fact in facts.classes} == {
        "a/client.py": ("tests/test_client.py",), "b/server.py": ()}


def test_at_most_300_classes_are_listed_with_families_first() -> None:
    files = {f"pkg/m{n:03}.py": f"class Lone{n}: pass\n" for n in range(320)}
    files |= {"zoo/base.py": "class Animal: pass\n", "zoo/cat.py": "class Cat(Animal): pass\n"}

    facts = collect_facts(tree(files))

    assert len(facts.classes) == 300
    assert {"Animal", "Cat"} <= {fact.name for fact in facts.classes}
    assert facts.truncated == ("300 of 322 classes are listed, those with relatives and tests "
                               "first.")
