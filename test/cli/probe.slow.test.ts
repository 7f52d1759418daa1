/** The program `nbs probe` against servers on loopback, and its parts where no network is needed. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSocket } from 'node:dgram'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { parseIp4 } from '../../src/core/address.ts'
import { decodeDhcp, encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import { OPTION, bootReply, clientMac, ip4Option, messageTypeOption } from '../../src/wire/dhcp/options.ts'
import { fileFindings } from '../../src/probe/file-findings.ts'
import { inventedMac, machinesOf } from '../../src/probe/machines.ts'
import { isGroupMac, toIp4, toMac, ANY_IP4 } from '../../src/core/address.ts'
import { SECOND } from '../../src/core/micros.ts'
import { random } from '../../src/core/random.ts'
import type { ProbeResult } from '../../src/report/probe.ts'
import { asked } from '../../src/experiments/predict/questions.ts'
import { readCapture } from '../../src/wire/capture/index.ts'
import { messageType } from '../../src/wire/dhcp/options.ts'
import { nbs } from '../built.ts'
import { PORT_OFFSET, startServer } from '../serve/serve-lab.ts'
import { sample } from '../effort.ts'

const MAC = toMac(0x020000000001)
const CHOICE = { personas: 'edk2', architectures: undefined, mac: MAC, window: 4 * SECOND, address: toIp4(1) }
const chosen = (more: Partial<typeof CHOICE> | { architectures: string }) => {
  const machines = machinesOf({ ...CHOICE, ...more })
  if (typeof machines === 'string') throw new Error(machines)
  return machines
}

t.test('machines ask as their firmware does, and by broadcast', async t => {
  const machines = chosen({ personas: 'edk2,ipxe,bios-rom,u-boot,apple', window: 12 * SECOND })
  t.strictSame(
    machines.map(({ persona, arch, questions }) => [
      `${persona.label} ${arch}`,
      questions.map(({ after }) => Math.round(after / SECOND)),
    ]),
    [
      ['edk2 x64-uefi', [0, 4]],
      ['ipxe x86-bios', [0, 1, 3, 7]],
      ['ipxe x64-uefi', [0, 1, 3, 7]],
      ['bios-rom x86-bios', [0, 4]],
      ['u-boot arm64-uefi', [0, 0, 1, 2, 4, 6, 8, 10]],
      ['apple x64-uefi', [0, 4, 0]],
    ],
  )
  for (const { mac, questions } of machines)
    for (const { payload } of questions) {
      const original = decodeDhcp(payload)
      const message = decodeDhcp(asked(payload, 0x12345678))
      if (!message.ok || !original.ok) throw new Error('no DHCP')
      t.equal(message.value.xid, 0x12345678)
      t.equal(clientMac(message.value), mac)
      t.ok(['discover', 'inform'].includes(messageType(message.value)!), 'nothing that leases or selects')
      t.strictSame(message.value.options, original.value.options)
      t.equal(message.value.flags, message.value.ciaddr === ANY_IP4 ? 0x8000 : original.value.flags)
    }
  t.equal(chosen({ architectures: 'x64-uefi,arm64-uefi' }).length, 2)
  t.match(machinesOf({ ...CHOICE, personas: 'edk3' }), /there is no firmware "edk3"; there is edk2/)
  t.match(machinesOf({ ...CHOICE, architectures: 'x65' }), /there is no architecture "x65"/)
  t.match(machinesOf({ ...CHOICE, personas: 'bios-rom', architectures: 'x64-uefi' }), /none of these/)
  t.match(
    machinesOf({ ...CHOICE, mac: toMac(0x010000000000) }),
    /is a group address, not the address of one machine/,
  )
  for (let seed = 0; seed < 100; seed++) {
    const mac = inventedMac(random(seed))
    t.equal(Math.floor(mac / 2 ** 40), 2)
    t.notOk(isGroupMac(mac))
  }
})

t.test('what a download that fails proves', async t => {
  const file = { server: '10.0.0.5', file: 'x', offeredBy: '10.0.0.5', bytes: null, sha256: null, seconds: 1 }
  t.strictSame(
    ['(Server) File not found', '(Server) Access violation', 'Timed out'].map(
      error => fileFindings([{ ...file, error }], 'lan')[0]!.rule,
    ),
    ['missing-boot-file', 'tftp-refused', 'unreachable-tftp-server'],
  )
  const held = { ...file, bytes: 1, error: null }
  const other = { ...held, server: '10.0.0.6', sha256: 'b' }
  t.strictSame(fileFindings([{ ...held, sha256: 'b' }, other], 'lan'), [])
  t.match(fileFindings([{ ...held, sha256: 'a' }, other], 'lan'), [{ rule: 'boot-file-content-conflict' }])
})

const probe = async (...words: string[]) => {
  const ended = await nbs(['probe', '--loopback', '--port-offset', String(PORT_OFFSET), ...words])
  return { ...ended, result: ended.stdout === '' ? undefined : (JSON.parse(ended.stdout) as ProbeResult) }
}

t.test('two servers with different images', async t => {
  const folder = t.testdir({})
  cpSync('boot-images', join(folder, 'images'), { recursive: true })
  const file = join(folder, 'images/BStrap/x64/BStrap.efi')
  writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from('patched')]))
  await startServer(t, { yaml: 'name: a\ndhcp: {}' })
  await startServer(t, { yaml: 'name: b', images: join(folder, 'images'), ip: '127.0.0.2' })

  const capture = join(folder, 'probe.pcapng')
  const { status, result, stderr } = await probe('--json', '--fetch', '--rounds', '2', '--wait', '3', '--capture', capture) // prettier-ignore
  t.equal(status, 1, stderr)
  if (!result) return
  t.strictSame(
    result.responders.map(({ address, roles }) => [address, roles]),
    [
      ['127.0.0.1', ['dhcp', 'proxy-dhcp']],
      ['127.0.0.2', ['proxy-dhcp']],
    ],
  )
  for (const { answered, asked: all, latencySeconds } of result.responders) {
    t.ok(answered > 0 && answered <= all, `${answered} of ${all} answered`)
    t.ok(latencySeconds && latencySeconds.min <= latencySeconds.median)
    t.ok(latencySeconds && latencySeconds.median <= latencySeconds.p95)
  }
  for (const { firmware, outcomes } of result.predictions) {
    t.equal(outcomes.reduce((sum, { rounds }) => sum + rounds, 0), 2, firmware) // prettier-ignore
    for (const outcome of outcomes.filter(() => ['edk2', 'ipxe', 'bios-rom'].includes(firmware))) {
      t.match(outcome, { outcome: 'booted', leaseFrom: '127.0.0.1' }, firmware)
      t.ok(['127.0.0.1', '127.0.0.2'].includes(outcome.pxeServer ?? ''), `${firmware} ${outcome.pxeServer}`)
    }
  }
  const rules = result.findings.map(({ rule }) => rule)
  t.ok(rules.includes('multiple-pxe-responders'))
  t.match(
    result.findings.find(({ rule }) => rule === 'boot-file-content-conflict'),
    { severity: 'error', servers: ['127.0.0.1', '127.0.0.2'] },
  )
  t.notOk(rules.includes('bsdp-list-unanswered'), 'nobody asked about Macs')
  const hashes = (name: string) =>
    result.files?.filter(one => one.file === name).map(({ server, sha256 }) => [server, sha256?.slice(0, 8)])
  t.strictSame(
    hashes('BStrap/x86/BStrap.0')?.map(([server]) => server),
    ['127.0.0.1', '127.0.0.2'],
  )
  t.equal(new Set(hashes('BStrap/x86/BStrap.0')?.map(([, hash]) => hash)).size, 1, 'the same')
  t.equal(new Set(hashes('BStrap/x64/BStrap.efi')?.map(([, hash]) => hash)).size, 2, 'different')

  const { frames: records } = readCapture(new Uint8Array(readFileSync(capture)))
  const sent = result.machines.reduce((sum, { asked: count }) => sum + count, 0)
  t.ok(records.length > sent, `${records.length} frames, ${sent} of them sent`)

  const text = await nbs(['probe', '--loopback', '--port-offset', String(PORT_OFFSET), '--as', 'edk2', '--rounds', '1', '--wait', '1']) // prettier-ignore
  t.equal(text.status, 0, 'a warning is no failure')
  t.match(text.stdout, /WARNING multiple-pxe-responders on loopback/)
  t.match(
    text.stdout,
    /edk2 x64-uefi +boots +127\.0\.0\.[12] +BStrap\/x64\/BStrap\.efi +127\.0\.0\.1 +1 of 1 +E-22/,
  )
})

/** As dnsmasq does: it pings each address before it offers it, one after another, and hears nothing meanwhile. */
const pingingServer = async (portOffset: number, pingMillis: number) => {
  const known = new Map<number, Promise<void>>()
  let busy = Promise.resolve()
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  socket.on('message', payload => {
    const read = decodeDhcp(new Uint8Array(payload))
    if (!read.ok) return
    const request = read.value
    const mac = clientMac(request)
    const place = known.size
    if (!known.has(mac)) known.set(mac, (busy = busy.then(() => pause(pingMillis))))
    const offer = bootReply(request, {
      yiaddr: parseIp4(`127.0.1.${10 + place}`)!,
      siaddr: parseIp4('127.0.0.1')!,
      options: [
        messageTypeOption('offer'),
        ip4Option(OPTION.serverIdentifier, parseIp4('127.0.0.1')!),
        ip4Option(OPTION.subnetMask, parseIp4('255.0.0.0')!),
      ],
    })
    void known.get(mac)!.then(() => {
      socket.send(encodeDhcp(offer), 68 + portOffset, '127.255.255.255')
    })
  })
  await new Promise<void>(bound => socket.bind(67 + portOffset, '0.0.0.0', bound))
  socket.setBroadcast(true)
  return socket
}

t.test('a DHCP server that pings first is not asked faster than it answers', async t => {
  const offset = PORT_OFFSET + 7
  const server = await pingingServer(offset, 1_500)
  t.teardown(() => server.close())
  const { stdout } = await nbs(['probe', '--loopback', '--port-offset', String(offset), '--wait', '1', '--rounds', '1', '--json']) // prettier-ignore
  const result = JSON.parse(stdout) as ProbeResult
  t.equal(result.machines.length, 5)
  t.notOk(
    result.machines.some(({ firmware }) => firmware === 'apple'),
    'Macs only where they are named',
  )
  t.notOk(result.findings.some(({ rule }) => rule === 'no-dhcp-server'))
  t.match(result.responders, [{ address: '127.0.0.1', offers: [{ text: 'lease', boots: 5 }] }])
  for (const { firmware, outcomes } of result.predictions) t.not(outcomes[0]?.outcome, 'noAnswer', firmware)
})

t.test('nobody there', async t => {
  const offset = String(PORT_OFFSET + 5)
  const { status, stdout } = await nbs(['probe', '--loopback', '--port-offset', offset, '--as', 'edk2', '--wait', '1', '--rounds', '1']) // prettier-ignore
  t.match(stdout, /0 servers answer/)
  t.match(stdout, /edk2 x64-uefi +no server answers/)
  t.match(stdout, /note No server answered. Is this the right interface/)
  t.equal(status, 0)
})

t.test('wrong calls', async t => {
  const calls: readonly (readonly [readonly string[], RegExp])[] = [
    [['--rounds', '0'], /--rounds 0: must be a whole number from 1 to 100/],
    [['--wait', '0.1'], /--wait 0.1: must be a number from 1 to 120/],
    [['--mac', '02:00'], /--mac 02:00: not a MAC address; write it as/],
    [['--as', 'edk2:1999'], /edk2 has no profile "1999"/],
    [['--port-offset', '99999'], /--port-offset 99999/],
  ]
  for (const [words, message] of sample(calls, 2)) {
    const { status, stderr, stdout } = await nbs(['probe', '--loopback', ...words])
    t.equal(status, 2, words.join(' '))
    t.match(stderr, message)
    t.equal(stdout, '')
  }
  const { status, stderr } = await nbs(['probe', '--interface', 'none0'])
  t.equal(status, 2)
  t.match(stderr, /no interface "none0"/)
})
