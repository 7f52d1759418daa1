/** Binding records on disk: what was promised is there after any kill, once; half-written lines are cut off. */
import { spawn } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { parseIp4, toMac } from '../../src/core/address.ts'
import { random } from '../../src/core/random.ts'
import { PLAIN } from '../built.ts'
import { MAX_OUTDATED_RECORD_LINES, openBsdpRecords } from '../../src/serve/bsdp-records.ts'
import { type BsdpRecord, machineName } from '../../src/protocol/bsdp/records.ts'
import { byEffort } from '../effort.ts'

const folder = mkdtempSync(join(tmpdir(), 'nbs-records-'))
t.teardown(() => rmSync(folder, { recursive: true }))
let count = 0
const fresh = () => join(folder, String(count++), 'bsdp-records')

const record = (mac: number, image = 0x01001000): BsdpRecord => ({
  mac: toMac(mac),
  name: machineName(mac),
  number: mac,
  architecture: 'i386',
  systemId: 'MacBookPro11,2 “é”',
  image,
  bound: true,
  address: parseIp4('10.0.0.9')!,
  lastBoot: 0,
})

t.test('what was put is there at the next start', async t => {
  const path = fresh()
  const first = openBsdpRecords(path)
  for (const mac of [1, 2, 3]) first.put(record(mac))
  first.put(record(2, 0x81000067))
  first.delete(toMac(3))
  first.delete(toMac(9))
  first.put({ ...record(1), lastBoot: 5 })
  t.equal(
    readFileSync(path, 'utf8').split('\n').length,
    6,
    'five lines: a later boot of the same binding is none',
  )
  first.close()
  const again = openBsdpRecords(path)
  t.strictSame([...again.all()], [record(1), record(2, 0x81000067)])
  t.strictSame([again.size, again.highestNumber, again.damaged], [2, 3, 0])
  again.close()
})

t.test('a line cut anywhere is cut off, and nothing else', async t => {
  const path = fresh()
  const records = openBsdpRecords(path)
  for (const mac of [1, 2]) records.put(record(mac))
  records.close()
  const whole = readFileSync(path)
  const start = whole.indexOf(10) + 1
  for (let size = start; size < whole.length; size++) {
    writeFileSync(path, whole.subarray(0, size))
    const cut = openBsdpRecords(path)
    cut.put(record(7))
    cut.close()
    const after = openBsdpRecords(path)
    t.strictSame([[...after.all()].map(({ number }) => number), after.damaged], [[1, 7], 0], `${size} bytes`)
    after.close()
  }
})

t.test('a line that a disk has spoilt is left out and told', async t => {
  const path = fresh()
  const records = openBsdpRecords(path)
  for (const mac of [1, 2, 3]) records.put(record(mac))
  records.close()
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replace('NetBoot002', 'NetBoot009'))
  appendFileSync(path, 'what is this\n')
  const read = openBsdpRecords(path)
  t.strictSame([[...read.all()].map(({ number }) => number), read.damaged], [[1, 3], 2])
  read.close()
  truncateSync(path, 0)
  t.equal(openBsdpRecords(path).size, 0)
})

t.test('the file does not grow without end, and remembers the highest number', async t => {
  const path = fresh()
  const records = openBsdpRecords(path)
  records.put(record(500))
  records.delete(toMac(500))
  for (let i = 0; i < MAX_OUTDATED_RECORD_LINES + 50; i++) records.put(record(1, 1 + (i % 9)))
  t.ok(readFileSync(path, 'utf8').split('\n').length < 100)
  records.close()
  const again = openBsdpRecords(path)
  t.strictSame([again.size, again.highestNumber, again.damaged], [1, 500, 0])
  t.equal(existsSync(`${path}.new`), false)
  again.close()
})

t.test('one file, one process', async t => {
  const path = fresh()
  const records = openBsdpRecords(path)
  t.throws(() => openBsdpRecords(path), { message: new RegExp(`in use by process ${process.pid} `) })
  records.close()
  openBsdpRecords(path).close()
  t.equal(existsSync(`${path}.lock`), false)
  for (const [lock, why] of [
    ['', 'half written'],
    ['what', 'nobody’s'],
    ['999999999 1', 'of a process that is gone'],
    [`${process.pid} 1`, 'of a process that had this id before'],
  ] as const) {
    writeFileSync(`${path}.lock`, lock)
    const again = openBsdpRecords(path)
    t.equal(again.size, 0, why)
    again.close()
  }
})

/** Puts records for ever, of 150 machines in turn, and says so after each. */
const WRITER = `
const [url, path, from] = process.argv.slice(1)
const { openBsdpRecords } = await import(url)
const { writeSync } = await import('node:fs')
const records = openBsdpRecords(path)
for (let i = Number(from); ; i++) {
  const mac = 1 + (i % 150)
  const known = records.get(mac)
  const number = known?.number ?? records.highestNumber + 1
  const name = known?.name ?? 'NetBoot' + String(number).padStart(3, '0')
  records.put({ mac, name, number, architecture: 'i386', systemId: 'x', image: i, bound: true, address: 1, lastBoot: 0 })
  writeSync(1, i + '\\n')
}`

t.test('no lost and no doubled record, however often it is killed', async t => {
  const kills = byEffort({ quick: 10, thorough: 50, night: 1000 })
  const module = pathToFileURL(resolve('.build/src/serve/bsdp-records.js')).href
  const path = fresh()
  const dice = random('kills')
  const promised = new Map<number, number>()
  let next = 1
  let torn = 0
  let lost = 0
  let doubled = 0
  for (let kill = 0; kill < kills; kill++) {
    const told = await killAfter(dice.below(12), module, path, next)
    for (const i of told) promised.set(1 + (i % 150), i)
    next = told.at(-1) === undefined ? next : told.at(-1)! + 1
    const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
    if (bytes.length > 0 && bytes.at(-1) !== 10) torn++
    const records = openBsdpRecords(path)
    for (const [mac, image] of promised) {
      const kept = records.get(toMac(mac))?.image
      // The one under way may be on disk although nobody was told.
      if (kept !== image && !(kept === next && mac === 1 + (next % 150))) lost++
    }
    const all = [...records.all()]
    doubled += all.length - new Set(all.map(({ name }) => name)).size
    if (all.length > promised.size + 1 || records.damaged > 0) doubled++
    records.close()
  }
  t.comment(`${kills} kills, ${next - 1} records told, ${torn} torn lines`)
  t.strictSame({ lost, doubled }, { lost: 0, doubled: 0 })
  t.ok(next > kills, 'it wrote')
})

/** What the writer said before SIGKILL came, so many milliseconds after its first word. */
const killAfter = (millis: number, module: string, path: string, from: number): Promise<number[]> =>
  new Promise((done, failed) => {
    const args = ['--input-type=module', '-e', WRITER, module, path, String(from)]
    const child = spawn(process.execPath, args, { env: PLAIN, stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      if (text === '') setTimeout(() => child.kill('SIGKILL'), millis)
      text += chunk.toString()
    })
    child.on('error', failed)
    child.on('close', () => done(text.split('\n').slice(0, -1).map(Number)))
  })
