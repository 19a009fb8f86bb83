"""Invented repositories that register their classes in different ways; all tests in them pass."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent


def _files(**texts: str) -> dict[str, str]:
    return {path: dedent(text).lstrip("\n") for path, text in texts.items()}


HANDLERS: Mapping[str, str] = _files(**{
    "pyproject.toml": """
        [project]
        name = "handlers"
        version = "1"
        [tool.pytest.ini_options]
        testpaths = ["tests"]
    """,
    "handlers/__init__.py": "",
    "handlers/base.py": '''
        class Handler:
            """Answers one command."""

            command = ""

            def answer(self, words):
                raise NotImplementedError
    ''',
    "handlers/ping.py": '''
        """The ping handler."""

        import json

        from handlers.base import Handler

        DEFAULT_PING = {"ok": True}


        class PingHandlerError(Exception):
            """What a PingHandler raises."""


        class PingHandler(Handler):
            """Answers a command with what it was told."""

            command = "ping"

            def answer(self, words):
                if not words:
                    raise PingHandlerError("ping needs words")
                return json.dumps({"command": "ping", "words": words, **DEFAULT_PING})
    ''',
    "handlers/version.py": '''
        from handlers.base import Handler


        class VersionHandler(Handler):
            command = "version"

            def answer(self, words):
                return "1"
    ''',
    "handlers/registry.py": '''
        """Which handler answers which command."""

        from handlers.ping import PingHandler  # noqa: F401
        from handlers.version import VersionHandler

        HANDLERS = {
            "version": VersionHandler,
            "ping": PingHandler,  # the first one
        }


        def commands():
            return list(HANDLERS)
    ''',
    "handlers/cli.py": '''
        """Says hello with a PingHandler; no registry."""

        from handlers.ping import PingHandler


        def main():
            handler = PingHandler()
            print(handler.answer(["hello"]))
    ''',
    "tests/test_ping.py": '''
        import json

        import pytest

        from handlers.ping import PingHandler, PingHandlerError


        def test_ping_answers():
            assert json.loads(PingHandler().answer(["a"]))["command"] == "ping"


        def test_ping_needs_words():
            with pytest.raises(PingHandlerError, match="needs words"):
                PingHandler().answer([])
    ''',
    "tests/test_registry.py": '''
        from handlers.registry import HANDLERS, commands


        def test_all_are_there():
            assert commands() == ["version", "ping"]
            assert len(HANDLERS) == 2


        def test_each_knows_its_command():
            for command, handler in HANDLERS.items():
                assert handler().command == command
    ''',
    "CHANGELOG.md": """
        # Changes

        - PingHandler: new
    """,
})

CACHES: Mapping[str, str] = _files(**{
    "pyproject.toml": """
        [tool.pytest.ini_options]
        testpaths = ["tests"]
    """,
    "shop/__init__.py": '''
        from shop.caches import (
            Cache,
            MemoryCache,
            open_cache,
        )

        __all__ = [
            "Cache",
            "MemoryCache",
            "open_cache",
        ]
    ''',
    "shop/caches.py": '''
        """Caches: where things are kept for a while."""

        from abc import ABC, abstractmethod


        class Cache(ABC):
            @abstractmethod
            def get(self, key): ...

            @abstractmethod
            def put(self, key, value): ...


        # Keeps everything in one dictionary.
        class MemoryCache(Cache):
            kind = "memory"

            def __init__(self):
                self._memory = {}

            def get(self, key):
                return self._memory.get(key)

            def put(self, key, value):
                self._memory[key] = value


        def open_cache(kind):
            if kind == "memory":
                return MemoryCache()
            raise ValueError(kind)
    ''',
    "tests/test_caches.py": '''
        import pytest

        from shop import MemoryCache, open_cache


        def test_memory_cache_keeps_what_it_is_given():
            cache = MemoryCache()
            cache.put("a", 1)
            assert cache.get("a") == 1


        def test_opens():
            assert isinstance(open_cache("memory"), MemoryCache)


        def test_unknown_kinds_are_refused():
            with pytest.raises(ValueError):
                open_cache("paper")
    ''',
})

CHANNELS: Mapping[str, str] = _files(**{
    "pyproject.toml": """
        [tool.pytest.ini_options]
        testpaths = ["tests"]
        pythonpath = ["src"]
    """,
    "src/notify/__init__.py": "",
    "src/notify/kinds.py": '''
        from enum import Enum, IntEnum


        class Kind(Enum):
            EMAIL_CHANNEL = "email-channel"
            SMS_CHANNEL = "sms-channel"


        class Priority(IntEnum):
            EMAIL_CHANNEL = 1
            SMS_CHANNEL = 2
    ''',
    "src/notify/channels/__init__.py": '''
        from notify.channels.base import BaseChannel
        from notify.channels.email_channel import EmailChannel
        from notify.channels.sms_channel import SmsChannel

        __all__ = [
            "BaseChannel",
            "EmailChannel",
            "SmsChannel",
        ]
    ''',
    "src/notify/channels/base.py": '''
        from abc import ABC, abstractmethod


        class BaseChannel(ABC):
            @abstractmethod
            def send(self, text: str) -> str: ...
    ''',
    "src/notify/channels/email_channel.py": '''
        from notify.channels import BaseChannel


        class EmailChannel(BaseChannel):
            def send(self, text: str) -> str:
                return f"email: {text}"
    ''',
    "src/notify/channels/sms_channel.py": '''
        from notify.channels import BaseChannel


        class SmsChannel(BaseChannel):
            def send(self, text: str) -> str:
                return f"sms: {text}"
    ''',
    "src/notify/factory.py": '''
        from typing import Literal

        from notify.channels import BaseChannel, EmailChannel, SmsChannel
        from notify.kinds import Kind

        Name = Literal["email-channel", "sms-channel"]


        def make(kind: Kind) -> BaseChannel:
            match kind:
                case Kind.EMAIL_CHANNEL:
                    return EmailChannel()
                case Kind.SMS_CHANNEL:
                    return SmsChannel()
                case _:
                    raise ValueError(kind)


        def make_named(name: Name) -> BaseChannel:
            if name == "email-channel":
                channel = EmailChannel()
            elif name == "sms-channel":
                channel = SmsChannel()
            else:
                raise ValueError(name)
            return channel
    ''',
    "tests/channels/test_email_channel.py": '''
        import unittest

        from notify.channels import EmailChannel


        class EmailChannelTest(unittest.TestCase):
            def test_sends(self):
                self.assertTrue(EmailChannel().send("hi").endswith(": hi"))
    ''',
    "tests/channels/test_factory.py": '''
        import pytest

        from notify.channels import EmailChannel, SmsChannel
        from notify.factory import make, make_named
        from notify.kinds import Kind, Priority


        @pytest.mark.parametrize("channel", [EmailChannel, SmsChannel])
        def test_every_kind_is_made(channel):
            assert channel in {type(make(kind)) for kind in Kind}


        def test_names_and_priorities_agree():
            for kind in Kind:
                assert type(make_named(kind.value)) is type(make(kind))
            assert sorted(Priority) == list(range(1, len(Kind) + 1))
    ''',
})

PARSERS: Mapping[str, str] = _files(**{
    "package.json": """
        {
          "name": "parsers",
          "version": "1.0.0",
          "scripts": { "test": "node --test" },
          "exports": {
            ".": "./lib/parsers/index.js",
            "./json-parser": "./lib/parsers/json-parser.js"
          }
        }
    """,
    "lib/parsers/parser.js": """
        'use strict'

        class Parser {
          parse (text) {
            throw new Error(`nobody parses ${text}`)
          }
        }

        module.exports = { Parser }
    """,
    "lib/parsers/json-parser.js": """
        'use strict'

        const { Parser } = require('./parser')

        /** Parses a text, or says why not. */
        class JsonParser extends Parser {
          get name () { return 'json-parser' }

          parse (text) {
            return JSON.parse(text.replace(/["']x{2}["']/g, '"x"'))
          }
        }

        module.exports = { JsonParser }
    """,
    "lib/parsers/index.js": """
        'use strict'

        const { JsonParser } = require('./json-parser')
        const { Parser } = require('./parser')

        const parsers = [new JsonParser()]

        function parserFor (name) {
          if (name === 'json-parser') {
            return new JsonParser()
          }
          return parsers.find((parser) => parser.name === name)
        }

        module.exports = { JsonParser, Parser, parserFor, parsers }
        module.exports.createJsonParser = () => new JsonParser()
    """,
    "test/json-parser.test.js": """
        'use strict'

        const assert = require('node:assert')
        const { describe, it } = require('node:test')
        const { JsonParser } = require('../lib/parsers')

        describe('JsonParser', () => {
          it('parses', () => {
            assert.deepStrictEqual(new JsonParser().parse('{"a": 1}'), { a: 1 })
          })
        })
    """,
    "test/registry.test.js": """
        'use strict'

        const assert = require('node:assert')
        const { it } = require('node:test')
        const { parserFor, parsers } = require('../lib/parsers')

        it('knows every parser', () => {
          assert.strictEqual(parsers.length, 1)
          assert.deepStrictEqual(parsers.map((p) => p.name), ['json-parser'])
          for (const parser of parsers) assert.equal(parserFor(parser.name).name, parser.name)
        })
    """,
})

SHAPES: Mapping[str, str] = _files(**{
    "package.json": """
        { "name": "shapes", "type": "module", "scripts": { "test": "node --test test/" } }
    """,
    "README.md": """
        # Shapes

        | Shape    | File                |
        |----------|---------------------|
        | `Square` | src/shapes/square.js |
        | `Circle` | src/shapes/circle.js |

        Use a Circle where things roll.
    """,
    "src/shapes/shape.js": """
        export class Shape {
          constructor(size) {
            this.size = size;
          }
        }
    """,
    "src/shapes/circle.js": """
        import { Shape } from './shape.js';

        export default class Circle extends Shape {
          static kind = 'circle';

          describe() {
            return `a circle of ${this.size}`;
          }
        }
    """,
    "src/shapes/square.js": """
        import { Shape } from './shape.js';

        export default class Square extends Shape {
          static kind = 'square';

          describe() {
            return `a square of ${this.size}`;
          }
        }
    """,
    "src/shapes/index.js": """
        import Square from './square.js';
        import Circle from './circle.js';

        export * from './shape.js';
        export { default as Square } from './square.js';
        export { default as Circle } from './circle.js';

        export const shapes = new Map([
          ['square', { kind: 'square', make: (size) => new Square(size) }],
          ['circle', { kind: 'circle', make: (size) => new Circle(size) }],
        ]);

        export function make(kind, size) {
          switch (kind) {
            case 'square':
              return new Square(size);
            case 'circle': {
              const circle = new Circle(size);
              return circle;
            }
            default:
              throw new RangeError(kind);
          }
        }
    """,
    "src/main.js": """
        import { Circle } from './shapes/index.js';

        const circle = new Circle(3);
        console.log(circle.describe());
    """,
    "test/circle.test.js": """
        import assert from 'node:assert/strict';
        import test from 'node:test';

        import Circle from '../src/shapes/circle.js';

        test('a circle describes itself', () => {
          assert.match(new Circle(2).describe(), /^a circle of 2$/);
        });
    """,
    "test/shapes.test.js": """
        import assert from 'node:assert/strict';
        import test from 'node:test';

        import { make, shapes } from '../src/shapes/index.js';

        test('all shapes can be made', () => {
          assert.equal(shapes.size, 2);
          assert.deepEqual([...shapes.keys()], ['square', 'circle']);
          for (const [kind, shape] of shapes) {
            assert.equal(make(kind, 1).constructor.kind, kind);
            assert.equal(shape.make(1).describe(), make(kind, 1).describe());
          }
        });
    """,
})


JOBS: Mapping[str, str] = _files(**{
    "package.json": """
        {
          "name": "jobs",
          "type": "module",
          "scripts": {
            "test": "node --import ./test/support/loader.mjs --test test/*.spec.ts"
          }
        }
    """,
    "src/jobs/Job.ts": """
        export interface Job {
          run(): string;
        }
    """,
    "src/jobs/JobKind.ts": """
        export enum JobKind {
          CleanUp = 'clean-up',
          SendMail = 'send-mail'
        }

        export type JobName =
          | 'clean-up'
          | 'send-mail';

        export type AnyKind = JobKind.CleanUp | JobKind.SendMail;
    """,
    "src/jobs/clean-up.job.ts": """
        import type { Job } from './Job';

        export class CleanUp implements Job {
          run(): string {
            return 'clean-up ran';
          }
        }
    """,
    "src/jobs/send-mail.job.ts": """
        import type { Job } from './Job';

        export class SendMail implements Job {
          run(): string {
            return 'send-mail ran';
          }
        }
    """,
    "src/jobs/factory.ts": """
        import type { Job } from './Job';
        import { JobKind } from './JobKind';
        import { CleanUp } from './clean-up.job';
        import { SendMail } from './send-mail.job';

        export function createJob(kind: JobKind): Job {
          switch (kind) {
            case JobKind.CleanUp:
              return new CleanUp();
            case JobKind.SendMail:
              return new SendMail();
            default:
              throw new Error('no such job');
          }
        }

        export function createByName(name: string): Job {
          if (name === 'clean-up') {
            return new CleanUp();
          } else if (name === 'send-mail') {
            return new SendMail();
          } else {
            throw new Error('no such job');
          }
        }
    """,
    "test/send-mail.spec.ts": """
        import { strict as assert } from 'node:assert';
        import { describe, it } from 'node:test';
        import { SendMail } from '../src/jobs/send-mail.job';

        describe('SendMail', () => {
          it('runs', () => {
            assert.equal(new SendMail().run(), 'send-mail ran');
          });
        });
    """,
    "test/factory.spec.ts": """
        import { strict as assert } from 'node:assert';
        import { it } from 'node:test';
        import { createByName, createJob } from '../src/jobs/factory';
        import { JobKind } from '../src/jobs/JobKind';

        it('makes every kind of job', () => {
          for (const kind of Object.values(JobKind)) {
            assert.equal(createJob(kind).run(), `${kind} ran`);
            assert.equal(createByName(kind).run(), `${kind} ran`);
          }
        });
    """,
    "test/support/loader.mjs": """
        import { register } from 'node:module';
        register('./hooks.mjs', import.meta.url);
    """,
    "test/support/hooks.mjs": """
        import { readFile } from 'node:fs/promises';
        import { eraseTypes } from './erase-types.mjs';

        export async function resolve(name, context, next) {
          const isOurs = name.startsWith('.') && !/\\.(mjs|ts)$/.test(name);
          return next(isOurs ? `${name}.ts` : name, context);
        }

        export async function load(url, context, next) {
          if (!url.endsWith('.ts')) return next(url, context);
          let text = await readFile(new URL(url), 'utf8');
          text = text.replace(/enum (\\w+) (\\{[^}]*\\})/g,
            (_, name, body) => `const ${name} = ${body.replaceAll(' =', ':')};`);
          return { format: 'module', source: eraseTypes(text), shortCircuit: true };
        }
    """,
})
