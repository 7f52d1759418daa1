// Compiles and puts the TFTP service among hostile peers: `npm run fuzz [-- STEPS [SEED]]`.
import { ROOT, compile } from './compile.mjs'

process.chdir(ROOT)
await compile()
await import('../.build/test/protocol/tftp/hostile-main.js')
