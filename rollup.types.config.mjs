// The declarations of the package's faces, without anything that is private: dist/types/, one file for each face and
// some for what they share. Generated types stand in schema/ already. docs/api/types/ keeps a copy that is reviewed.
import { basename } from 'node:path'
import { dts } from 'rollup-plugin-dts'

const GENERATED = /schema\/\w+\.d\.ts$/

export default {
  input: { index: 'src/index.ts', testing: 'src/testing.ts', protocol: 'src/protocol.ts' },
  output: {
    dir: 'dist/types',
    format: 'es',
    chunkFileNames: 'shared.d.ts',
    minifyInternalExports: false,
    hoistTransitiveImports: false,
    paths: id => (GENERATED.test(id) ? `../../schema/${basename(id, '.d.ts')}.js` : id),
  },
  external: [/^node:/, GENERATED],
  plugins: [dts({ compilerOptions: { stripInternal: true } })],
}
