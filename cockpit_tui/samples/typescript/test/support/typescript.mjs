// Lets Node run the TypeScript of this repository: node --import ./test/support/typescript.mjs
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
