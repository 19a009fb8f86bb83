"""What each grammar reads out of a file, and that no content hurts."""

from __future__ import annotations

import sys
from subprocess import run

import pytest

from cockpit_tui.context.symbols.extract import MAX_PARSED_BYTES, extract
from cockpit_tui.context.symbols.grammars import GRAMMARS, grammar_of
from cockpit_tui.context.symbols.tags import NO_TAGS, Definition, FileTags

SOURCES = {
    "a.py": '''LIMIT = 3
@final
class Pool(Base):
    """Keeps connections."""
    async def take(self, *,
                   wait: float) -> Connection:
        def inner(): ...
        return helper(f"x{self.name}")  # Remark.
''',
    "a.js": '''import { net } from "./lib/net.js";
const fs = require("node/fs");
export const size = 3;
const go = async (a) => net(a);
function* walk(tree) {}
class Pool extends Base { #hidden() {} take(wait) { return "words here"; } }
''',
    "a.ts": '''interface Wire { send(text: string): void }
type Id = string;
export enum Kind { A }
export abstract class Pool<T> implements Wire { abstract open(): Id; close(): void {} }
''',
    "a.tsx": '''export const Button = (props: Props) => <b title="hello">press {label}</b>;''',
    "a.go": '''package pool
import "example.com/x/net"
const Limit = 3
type Pool struct{ open int }
type Wire interface { Send(text string) error }
func New(limit int) *Pool { return net.Dial("words") }
func (p *Pool) Take() int { return p.open }
''',
    "a.rs": '''pub struct Pool { open: u8 }
pub trait Wire { fn send(&self); }
impl Wire for Pool { fn send(&self) { helper("words") } }
enum Kind { A }
const LIMIT: u8 = 3;
macro_rules! pool { () => {} }
''',
    "A.java": '''package a;
/** Keeps. */
public class Pool extends Base { Pool(int limit) {} public int take(int wait) { return net(); } }
interface Wire { void send(String text); }
record Point(int x) {}
enum Kind { A }
''',
    "a.c": '''#include "lib/net.h"
#define LIMIT 3
#define MAX(a, b) ((a) > (b))
struct pool { int open; };
typedef struct { int x; } point;
char *take(struct pool *p) { return net(p, "words"); }
int later(void);
''',
    "a.cpp": '''namespace far { class Pool : Base { int take() { return 1; } void give(); }; }
void Pool::give() { net("words"); }
template <class T> T most(T a) { return a; }
using Id = int;
''',
    "a.rb": '''require_relative "lib/net"
module Far
  LIMIT = 3
  class Pool < Base
    def take(wait) = net("words")
    def self.make; end
  end
end
''',
    "a.php": '''<?php
interface Wire {}
const LIMIT = 3;
class Pool extends Base { public function take(int $wait): int { return net("words"); } }
function most($a) {}
''',
    "a.cs": '''namespace Far;
interface IWire { void Send(string text); }
class Pool : Base { public int Open { get; set; } public Pool() {} int Take() => Net("words"); }
record Point(int X);
enum Kind { A }
''',
}
EXPECTED = {
    "a.py": [
        ("constant", "LIMIT", 1, 0, "LIMIT = 3"),
        ("class", "Pool", 3, 0, "class Pool(Base)"),
        ("method", "take", 5, 1, "async def take(self, *, wait: float) -> Connection"),
    ],
    "a.js": [
        ("constant", "fs", 2, 0, 'fs = require("node/fs")'),
        ("constant", "size", 3, 0, "size = 3"),
        ("function", "go", 4, 0, "go = async (a)"),
        ("function", "walk", 5, 0, "function* walk(tree)"),
        ("class", "Pool", 6, 0, "class Pool extends Base"),
        ("method", "#hidden", 6, 1, "#hidden()"),
        ("method", "take", 6, 1, "take(wait)"),
    ],
    "a.ts": [
        ("interface", "Wire", 1, 0, "interface Wire"),
        ("method", "send", 1, 1, "send(text: string): void"),
        ("type", "Id", 2, 0, "type Id = string"),
        ("enum", "Kind", 3, 0, "enum Kind"),
        ("class", "Pool", 4, 0, "abstract class Pool<T> implements Wire"),
        ("method", "open", 4, 1, "abstract open(): Id"),
        ("method", "close", 4, 1, "close(): void"),
    ],
    "a.tsx": [
        ("function", "Button", 1, 0, "Button = (props: Props)"),
    ],
    "a.go": [
        ("constant", "Limit", 3, 0, "Limit = 3"),
        ("type", "Pool", 4, 0, "Pool struct{ open int }"),
        ("type", "Wire", 5, 0, "Wire interface { Send(text string) error }"),
        ("method", "Send", 5, 1, "Send(text string) error"),
        ("function", "New", 6, 0, "func New(limit int) *Pool"),
        ("method", "Take", 7, 0, "func (p *Pool) Take() int"),
    ],
    "a.rs": [
        ("struct", "Pool", 1, 0, "pub struct Pool"),
        ("interface", "Wire", 2, 0, "pub trait Wire"),
        ("method", "send", 2, 1, "fn send(&self)"),
        ("function", "send", 3, 0, "fn send(&self)"),
        ("enum", "Kind", 4, 0, "enum Kind"),
        ("constant", "LIMIT", 5, 0, "const LIMIT: u8 = 3"),
        ("macro", "pool", 6, 0, "macro_rules! pool { () => {} }"),
    ],
    "A.java": [
        ("class", "Pool", 3, 0, "public class Pool extends Base"),
        ("method", "Pool", 3, 1, "Pool(int limit)"),
        ("method", "take", 3, 1, "public int take(int wait)"),
        ("interface", "Wire", 4, 0, "interface Wire"),
        ("method", "send", 4, 1, "void send(String text)"),
        ("class", "Point", 5, 0, "record Point(int x)"),
        ("enum", "Kind", 6, 0, "enum Kind"),
    ],
    "a.c": [
        ("constant", "LIMIT", 2, 0, "#define LIMIT 3"),
        ("macro", "MAX", 3, 0, "#define MAX(a, b) ((a) > (b))"),
        ("struct", "pool", 4, 0, "struct pool"),
        ("type", "point", 5, 0, "typedef struct { int x; } point"),
        ("function", "take", 6, 0, "char *take(struct pool *p)"),
        ("declaration", "later", 7, 0, "int later(void)"),
    ],
    "a.cpp": [
        ("module", "far", 1, 0, "namespace far"),
        ("class", "Pool", 1, 1, "class Pool : Base"),
        ("method", "take", 1, 2, "int take()"),
        ("method", "give", 1, 2, "void give()"),
        ("method", "give", 2, 0, "void Pool::give()"),
        ("function", "most", 3, 0, "T most(T a)"),
        ("type", "Id", 4, 0, "using Id = int"),
    ],
    "a.rb": [
        ("module", "Far", 2, 0, "module Far"),
        ("constant", "LIMIT", 3, 1, "LIMIT = 3"),
        ("class", "Pool", 4, 1, "class Pool < Base"),
        ("method", "take", 5, 2, "def take(wait)"),
        ("method", "make", 6, 2, "def self.make; end"),
    ],
    "a.php": [
        ("interface", "Wire", 2, 0, "interface Wire"),
        ("constant", "LIMIT", 3, 0, "const LIMIT = 3"),
        ("class", "Pool", 4, 0, "class Pool extends Base"),
        ("method", "take", 4, 1, "public function take(int $wait): int"),
        ("function", "most", 5, 0, "function most($a)"),
    ],
    "a.cs": [
        ("interface", "IWire", 2, 0, "interface IWire"),
        ("method", "Send", 2, 1, "void Send(string text)"),
        ("class", "Pool", 3, 0, "class Pool : Base"),
        ("method", "Open", 3, 1, "public int Open { get; set; }"),
        ("method", "Pool", 3, 1, "public Pool()"),
        ("method", "Take", 3, 1, "int Take()"),
        ("class", "Point", 4, 0, "record Point(int X)"),
        ("enum", "Kind", 5, 0, "enum Kind"),
    ],
}


@pytest.mark.parametrize("path", SOURCES)
def test_definitions_with_kind_line_depth_and_signature(path: str) -> None:
    tags = extract(SOURCES[path].encode(), grammar_of(path))

    assert [(found.kind, found.name, found.line, found.depth, found.signature)
            for found in tags.definitions] == EXPECTED[path]


def test_every_grammar_is_tried_above() -> None:
    assert {grammar_of(path) for path in SOURCES} == set(GRAMMARS)


def test_names_stand_in_code_and_words_in_comments_and_strings() -> None:
    source = b'def take(pool):\n    """Keeps it."""\n    return f"said {pool.open}"  # Later.\n'

    assert extract(source, "python") == FileTags(
        definitions=(Definition(name="take", kind="function", line=1, depth=0,
                                signature="def take(pool)"),),
        names={"def": 1, "f": 1, "open": 1, "pool": 2, "return": 1, "take": 1},
        words={"it": 1, "keeps": 1, "later": 1, "said": 1})


def test_a_long_string_is_left_out_of_a_signature() -> None:
    source = b"KEY = 'sk-live-0123456789'\ndef take(key=\"sk-live-0123456789\", how='fast'): ...\n"

    assert [found.signature for found in extract(source, "python").definitions] == [
        "KEY = '...'", "def take(key=\"...\", how='fast')"]


def test_a_path_in_quotes_is_an_import() -> None:
    found = {path: extract(source.encode(), grammar_of(path)).imports
             for path, source in SOURCES.items()}

    assert {path: names for path, names in found.items() if names} == {
        "a.js": ("fs", "net"), "a.go": ("net",), "a.c": ("net",), "a.rb": ("net",)}


def test_a_file_without_grammar_keeps_its_words() -> None:
    assert extract("# Über Größe\nthe size\n".encode(), "") == FileTags(
        names={}, words={"größe": 1, "size": 1, "the": 1, "über": 1})


HOSTILE = {
    "open": b"(" * 100_000, "nested": b"(" * 50_000 + b")" * 50_000, "braces": b"{" * 100_000,
    "angles": b"<" * 100_000, "quotes": b'"' * 10_001, "calls": b"a.b(" * 10_000,
    "classes": b"class A { " * 10_000, "blocks": b"if a:\n" * 10_000,
    "not UTF-8": b"\xff\xfe\xc3(" * 5_000,
}
LONG_LINES = {"line": b"a = 1; " * 750_000, "one word": b"a" * 5_000_000}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("grammar", ["", *GRAMMARS])
def test_no_content_stops_or_crashes_it(grammar: str, name: str) -> None:
    assert isinstance(extract(HOSTILE[name], grammar), FileTags)


@pytest.mark.parametrize("name", LONG_LINES)
@pytest.mark.parametrize("grammar", ["", "python"])
def test_a_line_of_five_megabytes_is_read_in_part(grammar: str, name: str) -> None:
    tags = extract(LONG_LINES[name], grammar)

    assert tags.definitions == ()
    assert sum(map(len, [*tags.names, *tags.words])) < 100


def test_what_is_too_large_to_parse_keeps_its_names() -> None:
    source = b"def take(): ...\n" + b"# filler\n" * (MAX_PARSED_BYTES // 8)

    tags = extract(source, "python")

    assert tags.definitions == ()
    assert tags.names["take"] == 1


def test_binary_content_tells_nothing() -> None:
    assert extract(b"def take():\0\0", "python") == NO_TAGS


def test_broken_code_keeps_what_can_be_read() -> None:
    tags = extract(b"class Pool:\n  def take(self:\n\xff\ndef most(): pass\n", "python")

    assert "most" in {found.name for found in tags.definitions}


def test_importing_the_room_loads_no_grammar() -> None:
    code = ("import sys, cockpit_tui.context.symbols;"
            "sys.exit(any(name.startswith('tree_sitter') for name in sys.modules))")

    assert run([sys.executable, "-c", code], check=False).returncode == 0
