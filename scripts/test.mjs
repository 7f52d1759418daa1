// Compiles the tests and runs them; CONTRIBUTING.md, "Running tests", says how it is called.
import { ROOT, compile } from './compile.mjs'

process.chdir(ROOT)
await compile()
await import('../.build/test/runner/main.js')
