/**
 * The viewer's page as Vite builds it, and a Chromium to look at it with. Builds `dist/viewer` where it is missing or
 * older than its sources. Holds no test.
 */
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { PATIENCE_MILLIS } from '../patience.ts'
export { startChromium } from '../../bench/chromium.ts'

const PAGE = 'dist/viewer/viewer.html'

const newest = (directory: string): number =>
  readdirSync(directory, { withFileTypes: true }).reduce((latest, entry) => {
    const path = join(directory, entry.name)
    return Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs)
  }, 0)

/** Tests of several files may build it at once: each apart, and it is put in its place whole. */
export const viewerPage = (): string => {
  if (!existsSync(PAGE) || statSync(PAGE).mtimeMs < newest('src')) {
    const folder = mkdtempSync(join(tmpdir(), 'page-'))
    const vite = ['node_modules/vite/bin/vite.js', 'build', '--config', 'src/viewer/vite.config.ts']
    const words = [...vite, '--configLoader', 'runner', '--outDir', folder]
    const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`the viewer was not built: ${stderr}`)
    mkdirSync(dirname(PAGE), { recursive: true })
    copyFileSync(join(folder, 'viewer.html'), `${PAGE}.${process.pid}`)
    renameSync(`${PAGE}.${process.pid}`, PAGE)
    rmSync(folder, { recursive: true })
  }
  return readFileSync(PAGE, 'utf8')
}

export interface Watched {
  readonly page: Page
  /** Messages of the console and uncaught errors. */
  readonly complaints: string[]
  /** Requests for anything but the page itself. */
  readonly requests: string[]
}

export const openPage = async (
  browser: Browser,
  address: string,
  colorScheme: 'light' | 'dark' = 'dark',
): Promise<Watched> => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme })
  page.setDefaultTimeout(PATIENCE_MILLIS)
  const complaints: string[] = []
  const requests: string[] = []
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(error.message))
  page.on('request', request => {
    const url = request.url()
    if (url !== address && !url.startsWith('data:')) requests.push(url)
  })
  await page.goto(address)
  return { page, complaints, requests }
}

interface AxeResults {
  readonly passes: readonly unknown[]
  readonly violations: readonly {
    readonly id: string
    readonly impact: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
  }[]
}

let axe: string | undefined

/** What axe-core calls serious or critical, a line each; fails where axe did not run. */
export const seriousProblems = async (page: Page): Promise<string[]> => {
  axe ??= readFileSync('node_modules/axe-core/axe.min.js', 'utf8')
  await page.evaluate(`window.axe || (0, eval)(${JSON.stringify(axe)})`)
  const { passes, violations } = (await page.evaluate('axe.run()')) as AxeResults
  if (passes.length < 15) return [`axe looked at ${passes.length} rules only`]
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`))
}
