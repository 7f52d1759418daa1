/**
 * Makes the pictures of the documentation again: `npm run pictures` after a build. Does not judge them.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { viewerPage } from '../src/document/home.ts'
import { scenarioFrom } from '../src/scenario/read-file.ts'
import { surroundingsOf } from '../src/simulation/node.ts'
import { reportHtml } from '../src/report/html.ts'
import { recordingOf } from '../src/simulation/recording.ts'
import { runScenario } from '../src/simulation/run.ts'
import { startChromium } from './chromium.ts'

interface Picture {
  readonly file: string
  readonly scenario: string
  readonly dark: boolean
  readonly look: (page: Page) => Promise<void>
}

const PICTURES: readonly Picture[] = [
  {
    file: 'docs/viewer-run.png',
    scenario: 'scenarios/two-nbs-one-subnet.yaml',
    dark: false,
    look: async page => {
      await page.getByRole('tab', { name: /^Machines/ }).click()
      await page.getByRole('option', { name: /pc-14/ }).click()
      await page.getByRole('tab', { name: 'Tour' }).click()
      await page.getByRole('button', { name: 'Start the tour' }).click()
      for (let step = 1; step < 4; step++)
        await page.getByRole('button', { name: 'Next', exact: true }).click()
      await page.getByRole('tab', { name: /^Ladder/ }).click()
      await page.getByRole('treeitem', { name: /54 serverIdentifier/ }).hover()
    },
  },
  {
    file: 'docs/viewer-screens.png',
    scenario: 'scenarios/mixed-firmware.yaml',
    dark: true,
    look: async page => {
      await page.getByRole('tab', { name: 'Screens' }).click()
      await page.getByRole('option', { name: /ipxe-1/ }).click()
    },
  },
]

const folder = mkdtempSync(join(tmpdir(), 'nbs-pictures-'))
const browser = await startChromium()
try {
  for (const { file, scenario: from, dark, look } of PICTURES) {
    const scenario = scenarioFrom(from)
    const report = join(folder, 'report.html')
    const run = runScenario(scenario, surroundingsOf(scenario))
    writeFileSync(report, reportHtml(viewerPage(), [recordingOf(scenario, run)]))
    const page = await browser.newPage({
      viewport: { width: 1280, height: 800 },
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: 'reduce',
    })
    await page.goto(pathToFileURL(report).href)
    await look(page)
    // Two pictures later everything that was asked for has been drawn.
    await page.evaluate('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))')
    writeFileSync(file, await page.screenshot())
    process.stdout.write(`${file}\n`)
    await page.close()
  }
} finally {
  await browser.close()
  rmSync(folder, { recursive: true })
}
