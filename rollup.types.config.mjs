// The declarations of the package's faces, without anything that is private: dist/types/, one file for each face and
// one for what they share. docs/api/ keeps a copy that is reviewed.
import { dts } from 'rollup-plugin-dts'

export default {
  input: { index: 'src/index.ts', testing: 'src/testing.ts' },
  output: { dir: 'dist/types', format: 'es', chunkFileNames: 'shared.d.ts', minifyInternalExports: false },
  external: [/^node:/],
  plugins: [dts({ compilerOptions: { stripInternal: true } })],
}
