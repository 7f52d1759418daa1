// After an install in this folder, `npx nbs` is this folder's own program. Without the link npx would first install
// the folder into its cache, and build it again, at the first call.
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'

const bin = new URL('../node_modules/.bin/', import.meta.url)
try {
  mkdirSync(bin, { recursive: true })
  rmSync(new URL('nbs', bin), { force: true })
  symlinkSync('../../bin/nbs.js', new URL('nbs', bin))
} catch {
  // Where links cannot be made (Windows without the right to), npx takes the longer way.
}
