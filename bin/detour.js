#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';

// From Node 22 on: code that was compiled once starts faster the next time.
module.enableCompileCache?.();

const main = new URL('../dist/program/main.js', import.meta.url);
if (existsSync(main)) {
  const { run } = await import(main.href);
  process.exitCode = await run(process);
} else {
  process.stderr.write(
    'detour: not built yet; run `npm start` or `npm run build` in the clone first\n',
  );
  process.exitCode = 2;
}
