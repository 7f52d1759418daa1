/**
 * How fluid the viewer stays: a report of 1,000 machines and more than 100,000 packets in headless Chromium. Measures
 * the first paint, and pictures per second while scrubbing and playing. `node dist/bench/viewer.js [MACHINES]`.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { viewerPage } from '../src/document/home.ts'
import { surroundingsOf } from '../src/simulation/node.ts'
import { reportHtml } from '../src/report/html.ts'
import { loadScenario } from '../src/scenario/load.ts'
import { recordingOf } from '../src/simulation/recording.ts'
import { runScenario } from '../src/simulation/run.ts'
import { startChromium } from './chromium.ts'

const WANTED = { packets: 100_000, paint: 2000, frames: 30 }
const SCRUB_SECONDS = 3

const machines = Number(process.argv[2] ?? 1000)
const scenario = `
title: ${machines} machines on one contended subnet
subnets:
  floor: { cidr: 10.20.0.0/16, link: { delay: 200us, jitter: 300us } }
  servers: { cidr: 10.30.9.0/24 }
routers: { r1: { joins: [floor, servers], relay: { floor: [nbs-b] } } }
notificationServers:
  ns-1: { delay: 5ms, computers: [{ mac: '*', boot: automation, image: WinPE, jobRunning: true }] }
servers:
  dhcp: { kind: dhcp, on: floor, address: 10.20.0.2, pool: 10.20.1.1-10.20.250.250 }
  nbs-a: { kind: nbs, on: floor, address: 10.20.0.5, notificationServer: ns-1, images: &images { BStrap/x64/BStrap.efi: 90000 }, responseDelay: 0ms..2ms }
  nbs-b: { kind: nbs, on: servers, address: 10.30.9.5, notificationServer: ns-1, images: *images, responseDelay: 0ms..2ms }
clients:
  pc: { count: ${machines}, on: floor, firmware: edk2, powerOn: 0s..30s }
`

const measure = async (page: Page, address: string, bytes: number, packets: number): Promise<boolean> => {
  await page.goto(address)
  await page.locator('.moment b').waitFor()
  // From the start of navigation to the first picture with content, as the browser itself noted it.
  const paint = (await page.evaluate(
    `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity`,
  )) as number
  const scrub = (await page.evaluate(SCRUB)) as number[]
  const reached = parseFloat(await page.locator('.moment b').innerText())
  await page.getByRole('button', { name: 'Play' }).click()
  const play = (await page.evaluate(COUNT)) as number[]
  const rows: [string, string, boolean][] = [
    ['packets', packets.toLocaleString('en'), packets >= WANTED.packets || machines !== 1000],
    ['page', `${(bytes / 1e6).toFixed(1)} MB`, true],
    ['first paint', `${Math.round(paint)} ms`, paint < WANTED.paint],
    ['scrubbing', rateText(scrub), rate(scrub) > WANTED.frames],
    ['scrubbed to', `${reached} s`, reached > 30],
    ['playing', rateText(play), rate(play) > WANTED.frames],
  ]
  for (const [name, value, met] of rows)
    process.stdout.write(`${met ? 'ok  ' : 'MISS'}  ${name.padEnd(12)} ${value}\n`)
  return rows.every(([, , met]) => met)
}

/** Pictures per second, of the times at which they came. */
const rate = (times: readonly number[]): number => ((times.length - 1) * 1000) / (times.at(-1)! - times[0]!)
const rateText = (times: readonly number[]): string => {
  const gaps = times.slice(1).map((time, i) => time - times[i]!)
  return `${rate(times).toFixed(1)} pictures a second, the longest gap ${Math.round(Math.max(...gaps))} ms`
}

/** In the page: the pointer drags along the whole time line, a step with every picture. */
const SCRUB = `new Promise(done => {
  const track = document.querySelector('.track')
  const box = track.getBoundingClientRect()
  track.setPointerCapture = () => {}
  const at = (type, share) => track.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1, buttons: 1,
    clientX: box.left + box.width * share, clientY: box.top + 20 }))
  at('pointerdown', 0)
  const times = []
  const tick = () => {
    const now = performance.now()
    times.push(now)
    const share = (now - times[0]) / ${SCRUB_SECONDS * 1000}
    if (share > 1) return done(times)
    at('pointermove', share)
    requestAnimationFrame(tick)
  }
  requestAnimationFrame(tick)
})`

const COUNT = `new Promise(done => {
  const times = []
  const tick = () => {
    const now = performance.now()
    times.push(now)
    if (now - times[0] > ${SCRUB_SECONDS * 1000}) done(times)
    else requestAnimationFrame(tick)
  }
  requestAnimationFrame(tick)
})`

const loaded = loadScenario(scenario, { file: 'bench.yaml' })
if (!loaded.ok) throw new Error(loaded.errors.map(({ message, field }) => `${field}: ${message}`).join('\n'))
const run = runScenario(loaded.scenario, surroundingsOf(loaded.scenario))
const folder = mkdtempSync(join(tmpdir(), 'nbs-viewer-'))
const file = join(folder, 'report.html')
writeFileSync(file, reportHtml(viewerPage(), [recordingOf(loaded.scenario, run)]))
const browser = await startChromium()
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  const met = await measure(page, pathToFileURL(file).href, statSync(file).size, run.frames)
  if (process.argv[3] !== undefined) writeFileSync(process.argv[3], await page.screenshot())
  process.exitCode = met ? 0 : 1
} finally {
  await browser.close()
  rmSync(folder, { recursive: true })
}
