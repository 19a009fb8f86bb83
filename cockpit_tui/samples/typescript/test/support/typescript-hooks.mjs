// Module hooks (nodejs.org/api/module.html#hooks): TypeScript becomes JavaScript by erasing types.
import { readFile } from 'node:fs/promises';
import * as nodeModule from 'node:module';

import { eraseTypes } from './erase-types.mjs';

export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) {
    return nextLoad(url, context);
  }
  const text = await readFile(new URL(url), 'utf8');
  const erase = nodeModule.stripTypeScriptTypes ?? eraseTypes;
  return { format: 'module', source: erase(text), shortCircuit: true };
}
