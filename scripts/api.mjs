// Writes docs/api/ (or the folder that is named): pages of the public face by TypeDoc, and in types/ the declarations
// that the package ships, which reviewers read as what users can rely on.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './compile.mjs'

const out = process.argv[2] ?? 'docs/api'

const run = (program, ...args) => {
  const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules', program), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) process.exit(status ?? 1)
}

// TypeDoc empties the folder first.
run('typedoc/bin/typedoc', '--out', out, '--logLevel', 'Error')
run('rollup/dist/bin/rollup', '--config', 'rollup.types.config.mjs', '--silent', '--dir', join(out, 'types'))
