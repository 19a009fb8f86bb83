import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CodeArchitect } from '../src/agents/CodeArchitect.ts';

test('CodeArchitect takes only its own tasks', () => {
  const architect = new CodeArchitect();

  assert.ok(architect.accepts({ title: 'Draw the borders', label: 'code-architect' }));
  assert.ok(!architect.accepts({ title: 'Water the plants', label: 'gardener' }));
});

test('CodeArchitect is told who it is and what to do', () => {
  const prompt = new CodeArchitect().prompt({ title: 'Draw the borders', label: 'code-architect' });

  assert.equal(prompt, 'You are a code architect. Your task: Draw the borders');
});
