/**
 * What the viewer shows besides the report of a run: sweeps, the demo, and what `nbs view` is given.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import t from 'tap'
import { startDemo } from '../../src/demo/server.ts'
import { reportHtml } from '../../src/report/html.ts'
import { sweepReport, SweepSummary } from '../../src/experiments/sweep/summary.ts'
import { nbs } from '../built.ts'
import { requireProgram } from '../lab.ts'
import { openPage, seriousProblems, startChromium, viewerPage } from './page.ts'
import { shippedRun } from './shipped.ts'

if (requireProgram(t, 'chromium')) {
  const { scenario } = shippedRun('two-nbs-one-subnet')
  let browser: Browser
  t.before(async () => {
    browser = await startChromium()
  })
  t.teardown(() => browser.close())

  const demoOf = async (t: { teardown(end: () => void): void }) => {
    const library = [{ file: scenario.file, title: scenario.title, teaches: null }]
    const demo = await startDemo(viewerPage(), library, 0)
    t.teardown(() => {
      demo.server.close()
      demo.server.closeAllConnections()
    })
    return demo
  }

  t.test('draws who wins how often over a delay', async t => {
    const address = pathToFileURL(join(t.testdir(), 'sweep.html')).href
    writeFileSync(new URL(address), reportHtml(viewerPage(), [smallSweep()]))
    for (const scheme of ['light', 'dark'] as const) {
      const { page, complaints, requests } = await openPage(browser, address, scheme)
      t.match(await page.title(), 'A race')
      t.match(await page.getByRole('heading', { level: 2 }).innerText(), 'edk2 2022 x64-uefi')
      t.match(
        await page.getByRole('img', { name: /^Share of machines won/ }).getAttribute('aria-label'),
        /nbs-a: 75\.0 % to 0\.0 %; nbs-b: 25\.0 % to 100\.0 %/,
      )
      const row = page.getByRole('row', { name: /^5ms/ })
      t.match(await row.innerText(), /4\s+0\.0 % \(0\.0 to 49\.0\)\s+100\.0 % \(51\.0 to 100\.0\)/)
      const box = (await page.locator('.curve svg').boundingBox())!
      await page.mouse.move(box.x + box.width - 20, box.y + 100)
      t.match(await page.locator('figcaption').innerText(), /nbs-b 100\.0 %.*at 5ms/s)
      await page.locator('.axes select').nth(1).selectOption('2')
      t.match(await page.getByRole('row', { name: /^0ms/ }).innerText(), /100\.0 %/)
      t.same(await seriousProblems(page), [], scheme)
      t.same([...complaints, ...requests], [])
    }
  })

  t.test('nbs demo runs a scenario again with another value', async t => {
    const { address } = await demoOf(t)
    const { page, complaints } = await openPage(browser, address)
    await page.getByText('9 booted, 11 to their disk').waitFor()
    await page.getByLabel('Change').fill('clients.pc.count=3')
    await page.getByLabel('Seed').fill('5')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByText('seed 5').waitFor()
    t.match(await page.getByRole('tab', { name: /^Machines/ }).innerText(), 'Machines 3')
    t.same(complaints, [])
    await page.getByLabel('Change').fill('clients.pc.cuont=3')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    t.match(await page.getByRole('alert').innerText(), /cuont/)

    const rude = await fetch(`${address}api/run`, { method: 'POST', body: '{}' })
    t.equal(rude.status, 415, 'a form of another site is not answered')
    const elsewhere = await post(address, 'run', { file: 'package.json' })
    t.same([elsewhere.status, await elsewhere.text()], [400, '"package.json" is not in the library'])
  })

  t.test('nbs demo lets a run happen, and servers be stopped meanwhile', async t => {
    const { address } = await demoOf(t)
    const { page, complaints } = await openPage(browser, address)
    await page.getByText('9 booted, 11 to their disk').waitFor()
    await page.getByLabel('Speed of the live run').selectOption('10')
    await page.getByRole('button', { name: 'Live' }).click()
    const bar = page.getByRole('group', { name: 'The live run' })
    await bar.waitFor()
    await bar.waitFor({ state: 'detached' })
    await page.getByText('9 booted, 11 to their disk').waitFor()
    t.match(await page.getByRole('tab', { name: /^Findings/ }).innerText(), 'Findings 4')

    // Long enough to be disturbed on a machine that has much else to do.
    await page.getByLabel('Change').fill('clients.pc.powerOn=60s..90s')
    await page.getByLabel('Speed of the live run').selectOption('1')
    await page.getByRole('button', { name: 'Live' }).click()
    await bar.getByRole('button', { name: 'Stop nbs-b' }).click()
    await bar.getByRole('button', { name: 'Start nbs-b' }).waitFor()
    t.match(await page.locator('.facts').innerText(), '20 still trying')
    t.same(await seriousProblems(page), [])
    await bar.getByRole('button', { name: 'Start nbs-b' }).click()
    await bar.getByRole('button', { name: 'Stop nbs-b' }).waitFor()
    t.same(complaints, [])
    await page.close()

    const late = await post(address, 'act', { id: 77, verb: 'stop', name: 'nbs-b' })
    t.same([late.status, await late.text()], [400, 'this run is over'])
    const many = await post(address, 'live', { file: scenario.file, set: ['clients.pc.count=101'] })
    t.equal(many.status, 400)
  })
}

const post = (address: string, path: string, body: unknown): Promise<Response> =>
  fetch(`${address}api/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

const smallSweep = () => {
  const summary = new SweepSummary()
  const sweep = {
    version: '0.1.0',
    title: 'A race',
    scenario: '0',
    images: '0',
    seeds: [1, 1] as [number, number],
    vary: [
      { path: 'servers.nbs-a.responseDelay', values: ['0ms', '5ms'] },
      { path: 'clients.pc.count', values: ['4', '2'] },
    ],
  }
  const wins = { '0ms 4': [3, 1], '0ms 2': [2, 0], '5ms 4': [0, 4], '5ms 2': [0, 2] }
  Object.entries(wins).forEach(([values, [a = 0, b = 0]], number) => {
    const [delay, count] = values.split(' ')
    summary.add({
      run: number,
      seed: 1,
      vary: { 'servers.nbs-a.responseDelay': delay!, 'clients.pc.count': count! },
      groups: [
        {
          group: 'pc',
          firmware: 'edk2',
          profile: '2022',
          arch: 'x64-uefi',
          machines: a + b,
          outcomes: { booted: a, localDisk: b, failed: 0, pending: 0 },
          winners: { ...(a > 0 && { 'nbs-a': { booted: a } }), ...(b > 0 && { 'nbs-b': { localDisk: b } }) },
          codes: b > 0 ? { 'PXE-E21': b } : {},
          seconds: { p50: 3.8, max: 3.9 },
        },
      ],
    })
  })
  return sweepReport(sweep, 4, summary)
}

t.test('nbs view says what is wrong, and replays what it can', async t => {
  const folder = t.testdir({
    'cut.json': '{"scenario": "x", "clients": [',
    'other.json': '{"name":"leftpad"}',
  })
  const cut = await nbs(['view', join(folder, 'cut.json'), '--no-open'])
  t.equal(cut.status, 2)
  t.match(cut.stderr, /^nbs: .*cut\.json: The JSON is cut off/)
  const other = await nbs(['view', join(folder, 'other.json'), '--no-open'])
  t.equal(other.status, 2)
  t.match(other.stderr, /not the result of a run/)
  t.equal((await nbs(['view', join(folder, 'none.json')])).status, 2)

  viewerPage()
  const { stdout } = await nbs(['run', 'scenarios/one-nbs.yaml', '--json'])
  writeFileSync(join(folder, 'result.json'), stdout)
  const out = join(folder, 'view.html')
  const viewed = await nbs(['view', join(folder, 'result.json'), '--no-open', '--out', out])
  t.equal(viewed.stderr, '')
  t.equal(viewed.stdout, `${pathToFileURL(out).href}\n`)
  t.match(readFileSync(out, 'utf8'), '"trace":{"kinds":', 'the run was done again for its packets')
  writeFileSync(join(folder, 'result.json'), stdout.replace('"seed": 1', '"seed": 2'))
  const changed = await nbs(['view', join(folder, 'result.json'), '--no-open', '--out', out])
  t.match(changed.stderr, /is shown without packets/)
  t.match(readFileSync(out, 'utf8'), '"trace":null')
})

t.test('nbs sweep writes a page, and nbs view shows what it wrote', async t => {
  viewerPage()
  const folder = t.testdir()
  const [records, page, again] = ['s.jsonl', 'sweep.html', 'view.html'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const plan = ['sweep', 'scenarios/one-nbs.yaml', '--seeds', '3', '--workers', '1']
  const swept = await nbs([...plan, '--out', records, '--report', page, '--json'])
  t.equal(swept.status, 0, swept.stderr)
  t.match(readFileSync(page, 'utf8'), '"cells":[{"vary":{},"runs":3')
  t.equal((await nbs(['view', records, '--no-open', '--out', again])).status, 0)
  t.equal(readFileSync(again, 'utf8'), readFileSync(page, 'utf8'))
  writeFileSync(join(folder, 'summary.json'), swept.stdout)
  t.equal((await nbs(['view', join(folder, 'summary.json'), '--no-open', '--out', again])).status, 0)
  t.equal(readFileSync(again, 'utf8'), readFileSync(page, 'utf8'))
  writeFileSync(records, readFileSync(records, 'utf8').slice(0, 100))
  const cut = await nbs(['view', records, '--no-open'])
  t.equal(cut.status, 2)
  t.match(cut.stderr, /s\.jsonl: The JSON is cut off/)
})
