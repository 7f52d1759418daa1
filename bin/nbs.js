#!/usr/bin/env node
// The command line. The program proper is TypeScript in src/, bundled into dist/nbs/ by `npm ci` (script `prepare`).
import { existsSync } from 'node:fs'

const program = new URL('../dist/nbs/main.js', import.meta.url)
if (!existsSync(program)) {
  process.stderr.write('nbs: not built yet: run `npm run build` in the folder of nbs-lab\n')
  process.exit(2)
}
await import(program.href)
