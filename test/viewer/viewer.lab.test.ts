/**
 * The viewer in a real Chromium: the flagship's report from disk, as somebody uses it who was handed it.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import t from 'tap'
import { reportHtml } from '../../src/report/html.ts'
import { type Recording, recordingOf } from '../../src/simulation/recording.ts'
import { requireProgram } from '../lab.ts'
import { type Watched, openPage, seriousProblems, startChromium, viewerPage } from './page.ts'
import { shippedRun } from './shipped.ts'

const MAX_REPORT = 1_500_000

const moment = (page: Page): Promise<string> => page.locator('.moment b').innerText()
const screen = (page: Page): Promise<string> => page.getByRole('region', { name: /^Screen of/ }).innerText()
const shown = (page: Page): Promise<string> => page.locator('.filters .count').innerText()

const chooseMachine = async (page: Page, name: string): Promise<void> => {
  await page.getByRole('tab', { name: /^Machines/ }).click()
  await page
    .getByRole('option', { name: new RegExp(`${name}\\b`) })
    .first()
    .click()
}

const scrubTo = async (page: Page, share: number): Promise<void> => {
  const box = (await page.getByRole('slider').boundingBox())!
  await page.mouse.click(box.x + box.width * share, box.y + box.height / 2)
}

if (requireProgram(t, 'chromium')) {
  const { scenario, run } = shippedRun('two-nbs-one-subnet')
  const recording = recordingOf(scenario, run)
  const folder = t.testdir()
  const report = join(folder, 'report.html')
  const write = (recordings: readonly Recording[], name = 'report.html'): string => {
    writeFileSync(join(folder, name), reportHtml(viewerPage(), recordings))
    return pathToFileURL(join(folder, name)).href
  }
  const address = write([recording])
  let browser: Browser
  t.before(async () => {
    browser = await startChromium()
  })
  t.teardown(() => browser.close())

  const quiet = (t: Asserts, { complaints, requests }: Watched) => {
    t.same(complaints, [], 'the console stays silent')
    t.same(requests, [], 'nothing leaves the page')
  }

  t.test('opens from disk and leads from a finding to its moment', async t => {
    t.ok(statSync(report).size < MAX_REPORT, `${statSync(report).size} bytes`)
    const watched = await openPage(browser, address)
    const { page } = watched
    t.match(await page.title(), 'Two NBS on one subnet')
    const finding = page.locator('details', { hasText: 'split-decision' })
    t.match(await finding.innerText(), /nbs-a tells it to boot/)
    const { evidence } = run.result.findings.find(({ rule }) => rule === 'split-decision')!
    const second = evidence[1]!
    await finding.getByRole('button', { name: second.text }).first().click()
    t.equal(await moment(page), `${second.seconds.toFixed(6)} s`)
    t.match(await page.locator('.packet h2').innerText(), `Packet ${second.frame}`)
    t.match(await page.getByRole('tree', { name: 'Fields' }).innerText(), /53 messageType\s+OFFER \(2\)/)
    quiet(t, watched)
  })

  t.test('shows the screen of pc-3 as it is at each moment', async t => {
    const watched = await openPage(browser, address)
    const { page } = watched
    await chooseMachine(page, 'pc-3')
    await page.getByRole('slider').press('Home')
    t.equal((await screen(page)).trim(), '', 'not switched on yet')
    await page.getByRole('slider').press('End')
    const last = await screen(page)
    t.match(last, '>>Start PXE over IPv4.')
    t.match(last, `Station IP address is ${run.result.clients[2]!.address}`)
    t.match(last, 'NBP filename is BStrap/x64/BStrap.efi')
    t.match(last, 'NBP file downloaded successfully.')
    t.match(await page.locator('.machine').innerText(), /booted from the network/)
    const power = run.machines.find(({ client }) => client.name === 'pc-3')!.poweredOn
    await scrubTo(page, (power + 1_000_000) / (8 * 1_000_000))
    t.equal(
      (await screen(page)).trim(),
      '>>Start PXE over IPv4.',
      'a second after power-on it waits for offers',
    )
    quiet(t, watched)
  })

  t.test('shows all screens beside each other, and one as large as the page', async t => {
    const watched = await openPage(browser, address)
    const { page } = watched
    await page.getByRole('tab', { name: 'Screens' }).click()
    const wall = page.getByRole('listbox', { name: 'Screens' })
    t.match(await wall.innerText(), /PXE-E21: Remote boot cancelled\.[\s\S]*pc-4 went on to its disk/)
    await wall.getByRole('option', { name: /pc-3/ }).first().click()
    t.match(await page.locator('.machine h2').innerText(), 'pc-3')
    await wall.press('ArrowRight')
    t.match(await page.locator('.machine h2').innerText(), 'pc-4', 'arrows walk along the wall')
    await page.getByRole('button', { name: 'Enlarge the screen of pc-4' }).click()
    const large = page.getByRole('dialog', { name: 'Screen of pc-4, large' })
    t.match(await large.innerText(), 'PXE-E21: Remote boot cancelled.')
    await page.keyboard.press('Escape')
    await large.waitFor({ state: 'detached' })
    await page.keyboard.press('?')
    t.match(await page.getByRole('dialog', { name: 'Keys' }).innerText(), 'Next decision')
    quiet(t, watched)
  })

  t.test('steps, plays, scrubs and filters', async t => {
    const watched = await openPage(browser, address)
    const { page } = watched
    const frames = run.trace.flatMap(event => (event.kind === 'frame' ? [event.at] : []))
    const seconds = (at: number) => `${(at / 1e6).toFixed(6)} s`
    t.equal(await moment(page), seconds(run.trace.at(-1)!.at), 'opens at how it turned out')
    await page.getByRole('slider').press('Home')
    await page.keyboard.press('.')
    t.equal(await moment(page), seconds(frames[0]!))
    await page.getByRole('button', { name: 'Next packet' }).click()
    t.equal(await moment(page), seconds(frames[1]!))
    await page.keyboard.press(',')
    t.equal(await moment(page), seconds(frames[0]!))
    const choices = run.trace.flatMap(event =>
      event.kind === 'choice' && event.host === 'pc-14' ? [event.at] : [],
    )
    await page.getByRole('button', { name: 'Next decision' }).click()
    t.equal(await moment(page), seconds(choices[0]!), 'the decision of the machine that is looked at')
    t.match(await page.locator('.choices .now').innerText(), /E-19/)
    const rule = page
      .locator('.choices .now')
      .getByRole('link', { name: /^Rule E-19: It keeps every DhcpOnly/ })
    t.match(await rule.getAttribute('title'), /^It keeps every DhcpOnly/, 'shown while the pointer is on it')
    await rule.press('Enter')
    const entry = page.locator('#rule-E-19')
    t.equal(await page.locator('#rule-E-19:focus').count(), 1, 'and leads to its entry')
    t.match(await entry.innerText(), /^E-19 EDK2\n.*Measured: OVMF 2022\.11 /s)
    t.equal(new URL(page.url()).hash, '', 'the address of the page stays')

    t.equal(await shown(page), `${frames.length} of ${frames.length}`)
    await page.getByRole('checkbox').check()
    const own = Number((await shown(page)).split(' ')[0])
    t.ok(own > 5 && own < frames.length / 10, `${own} packets of one machine`)
    for (const chip of ['DHCP', 'TFTP', 'ARP', 'ICMP', 'other'])
      await page.getByRole('button', { name: chip, exact: true }).click()
    t.equal(await shown(page), `3 of ${frames.length}`, 'its offers: nbs-b, by way of r1, and nbs-a')

    await page.getByRole('slider').press('Home')
    t.equal(await moment(page), '0.000000 s')
    await page.keyboard.press(' ')
    await page.locator('.moment b', { hasText: /^0\.[2-9]|^[1-9]/ }).waitFor()
    await page.keyboard.press(' ')
    const paused = await moment(page)
    await page.waitForTimeout(200)
    t.equal(await moment(page), paused, 'a pause is a pause')
    await scrubTo(page, 0.5)
    t.match(await moment(page), /^[34]\./)
    quiet(t, watched)
  })

  t.test('draws a ladder, lights bytes, and gives a tour', async t => {
    const watched = await openPage(browser, address)
    const { page } = watched
    await page.getByRole('tab', { name: 'Tour' }).click()
    await page.getByRole('button', { name: 'Start the tour' }).click()
    for (let step = 1; step < 4; step++) await page.getByRole('button', { name: 'Next', exact: true }).click()
    t.match(await page.locator('.tour [aria-current=step]').innerText(), /keeps only the first PXE offer/)
    t.equal(await moment(page), '0.743106 s')
    t.match(await page.locator('.machine h2').innerText(), 'pc-14')
    await page.getByRole('tab', { name: /^Ladder/ }).click()
    const ladder = page.getByRole('listbox', { name: /^Boot of pc-14/ })
    t.match(await ladder.innerText(), /E-19 The offer of nbs-a is not kept/)
    t.match(await ladder.innerText(), /nbs-b pxe: OFFER to pc-14: Production/, 'what the server thought')
    await ladder
      .getByRole('option', { name: /PXE OFFER at nbs-b/ })
      .first()
      .click()
    await page.getByRole('treeitem', { name: /54 serverIdentifier/ }).hover()
    t.equal(await page.locator('.hex .lit').count(), 6, 'code, length and four bytes of address')
    quiet(t, watched)
  })

  t.test('axe finds nothing serious', async t => {
    for (const scheme of ['dark', 'light'] as const) {
      const { page } = await openPage(browser, address, scheme)
      await page.getByRole('slider').press('Home')
      await page.keyboard.press(']')
      for (const [side, middle] of [
        [/^Findings/, 'Packets'],
        ['Tour', /^Ladder/],
        [/^Machines/, 'Screens'],
      ] as const) {
        await page.getByRole('tab', { name: side }).click()
        await page.getByRole('tab', { name: middle }).click()
        t.same(await seriousProblems(page), [], `${scheme}, ${String(side)}, ${String(middle)}`)
      }
      await page.keyboard.press('?')
      t.same(await seriousProblems(page), [], `${scheme}, the keys`)
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: /^Enlarge/ }).click()
      t.same(await seriousProblems(page), [], `${scheme}, the large screen`)
    }
  })

  t.test('says what is wrong with a file it cannot show', async t => {
    const watched = await openPage(browser, address)
    const { page } = watched
    const open = async (name: string, text: string): Promise<string> => {
      await page
        .locator('input[type=file]')
        .setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) })
      return page.getByRole('alert').filter({ hasText: name }).innerText()
    }
    const whole = JSON.stringify(run.result)
    t.match(await open('cut.json', whole.slice(0, 5000)), /cut\.json: The JSON is cut off/)
    t.match(
      await open('other.json', '{"name":"leftpad"}'),
      /other\.json: This is JSON, but not the result of a run/,
    )
    t.match(
      await page.getByRole('heading', { level: 1 }).innerText(),
      'Two NBS',
      'what was shown is still there',
    )
    await page.locator('input[type=file]').setInputFiles({
      name: 'good.json',
      mimeType: 'application/json',
      buffer: Buffer.from(whole),
    })
    await page.getByText('written without its trace').waitFor()
    await chooseMachine(page, 'pc-3')
    t.match(await screen(page), 'NBP file downloaded successfully.')
    quiet(t, watched)

    const damaged = join(folder, 'damaged.html')
    const html = readFileSync(report, 'utf8')
    const door = html.lastIndexOf('id="recordings">') + 'id="recordings">'.length
    writeFileSync(damaged, `${html.slice(0, door + 4000)}</script></body></html>`)
    const other = await openPage(browser, pathToFileURL(damaged).href)
    t.match(await other.page.getByRole('alert').innerText(), /cannot be shown\. The JSON is cut off/)
    t.same(other.complaints, [])
  })
}

interface Asserts {
  same(got: unknown, wanted: unknown, message: string): unknown
}
