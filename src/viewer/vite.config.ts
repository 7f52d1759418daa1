/**
 * Builds the viewer into one file that needs no network: `dist/viewer/viewer.html`.
 */
import { defineConfig } from 'vite'
import { viteSingleFile } from 'vite-plugin-singlefile'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [viteSingleFile({ removeViteModuleLoader: true })],
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    outDir: '../../dist/viewer',
    emptyOutDir: true,
    target: 'es2022',
    rollupOptions: { input: `${import.meta.dirname}/viewer.html` },
  },
})
