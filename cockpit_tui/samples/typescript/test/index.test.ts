import assert from 'node:assert/strict';
import { test } from 'node:test';

import { AGENTS, assign } from '../src/agents/index.ts';

test('the team is complete', () => {
  assert.deepEqual([...AGENTS.keys()], ['code-architect']);
});

test('every agent takes what it is registered for', () => {
  for (const [label, Agent] of AGENTS) {
    assert.ok(assign({ title: 'Anything', label }) instanceof Agent);
  }
});

test('nobody takes an unknown task', () => {
  assert.throws(() => assign({ title: 'Water the plants', label: 'gardener' }), RangeError);
});
