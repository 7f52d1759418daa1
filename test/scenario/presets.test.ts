/**
 * Known rivals: what each preset sends, packet by packet, and what comes of it beside a Network Boot Service
 * (`scenarios/firmware/preset-….yaml`).
 */
import t from 'tap'
import { type Mac, parseIp4, type Ip4 } from '../../src/core/address.ts'
import { latin1Bytes, toHex } from '../../src/core/bytes.ts'
import { surroundingsOf } from '../../src/simulation/node.ts'
import { formatScenarioError, loadScenario } from '../../src/scenario/load.ts'
import { PRESETS, type PresetName } from '../../src/servers/foreign/presets.ts'
import { readScenario } from '../../src/scenario/read-file.ts'
import { type Run, runScenario } from '../../src/simulation/run.ts'
import { decodeDhcp } from '../../src/wire/dhcp/codec.ts'
import type { DhcpMessage } from '../../src/wire/dhcp/message.ts'
import { clientMac, first, messageType } from '../../src/wire/dhcp/options.ts'
import { decodeFrame } from '../../src/wire/frames.ts'

t.test('every preset beside an NBS', async t => {
  for (const preset of PRESETS) {
    const file = `scenarios/firmware/preset-${preset}.yaml`
    const loaded = readScenario(file)
    if (!loaded.ok) {
      t.fail(file, { errors: loaded.errors.map(formatScenarioError) })
      continue
    }
    const { scenario } = loaded
    t.ok(
      scenario.servers.some(server => scenario.kinds.of(server).role(server) === preset),
      `${file} is about its preset`,
    )
    for (const seed of [1, 2, 3]) {
      const { result } = runScenario(scenario, surroundingsOf(scenario), { seed })
      const unmet = result.expectations.filter(({ met }) => !met)
      t.strictSame(
        unmet.map(({ text, got }) => `${text}: got ${got}`),
        [],
        `${file}, seed ${seed}`,
      )
    }
  }
})

const RIVAL = parseIp4('10.0.0.7')!

const NO_DHCP = null

/** A machine of each kind before the preset alone, or with a plain DHCP server beside it. */
const alone = (preset: PresetName, fields = '', dhcp: string | null = ''): Run => {
  const loaded = loadScenario(
    `
title: One preset
subnets: { lan: { cidr: 10.0.0.0/24 } }
servers:
  rival: { kind: foreign, preset: ${preset}, on: lan, address: 10.0.0.7${fields && `, ${fields}`} }
  ${dhcp === null ? '' : `dhcp: { kind: dhcp, on: lan, address: 10.0.0.2, pool: 10.0.0.100-10.0.0.120, responseDelay: 20ms${dhcp} }`}
clients:
  uefi: { on: lan, firmware: edk2, mac: '00:50:56:00:00:01' }
  bios: { on: lan, firmware: bios-rom, mac: '00:50:56:00:00:02' }
`,
    { file: 'test' },
  )
  if (!loaded.ok) throw new Error(loaded.errors.map(formatScenarioError).join('\n'))
  return runScenario(loaded.scenario, surroundingsOf(loaded.scenario))
}

interface Told {
  readonly type: string | undefined
  readonly port: number
  readonly codes: string
  readonly vendor: string | undefined
  readonly file: string
  readonly siaddr: Ip4
}

/** What the rival sent to a machine, in order. */
const saidTo = (run: Run, group: 'uefi' | 'bios'): Told[] => {
  const mac: Mac = run.machines.find(machine => machine.group.name === group)!.client.mac
  return run.trace.flatMap(event => {
    const frame = event.kind === 'frame' ? decodeFrame(event.bytes) : undefined
    if (!frame?.ok || frame.value.packet.kind !== 'ip4' || frame.value.packet.source !== RIVAL) return []
    const { body } = frame.value.packet
    const message = body.kind === 'udp' ? decodeDhcp(body.payload) : undefined
    if (body.kind !== 'udp' || !message?.ok || clientMac(message.value) !== mac) return []
    return [told(message.value, body.sourcePort)]
  })
}

const told = (message: DhcpMessage, port: number): Told => {
  const vendor = first(message, 43)
  return {
    type: messageType(message),
    port,
    codes: message.options.map(({ code }) => code).join(' '),
    vendor: vendor && toHex(vendor),
    file: message.file,
    siaddr: message.siaddr,
  }
}

const offers = (run: Run, group: 'uefi' | 'bios') => saidTo(run, group).filter(({ type }) => type === 'offer')
const results = (run: Run) =>
  run.result.clients.map(({ outcome, code, file }) => (outcome === 'booted' ? file : code))
const REDIRECTS = { codes: '53 54 60 97', vendor: undefined, file: '', siaddr: RIVAL }
const COMPLETE = { codes: '53 54 60 97 43', vendor: '060108ff', siaddr: RIVAL }

t.test('dnsmasq: a menu for BIOS (S-21), nothing but port 4011 for UEFI (S-22)', async t => {
  const run = alone('dnsmasq-proxy')
  t.match(offers(run, 'uefi')[0], REDIRECTS)
  const menu = `060103 0807 8000 01 0a000007 090f 8000 0c ${toHex(latin1Bytes('Network boot'))} 0a04 00 505845 ff`
  t.match(offers(run, 'bios')[0], { vendor: menu.replaceAll(' ', ''), file: '', siaddr: RIVAL })
  t.match(
    saidTo(run, 'bios').find(({ type }) => type === 'ack'),
    { port: 4011, file: 'pxelinux.0', vendor: '470480000000ff' },
    'S-23: the type is echoed',
  )
  t.strictSame(results(run), ['bootx64.efi', 'pxelinux.0'])
})

t.test('Pixiecore and WDS: UEFI is sent to port 4011', async t => {
  const pixiecore = alone('pixiecore')
  t.match(offers(pixiecore, 'uefi')[0], REDIRECTS)
  t.match(offers(pixiecore, 'bios')[0], { ...COMPLETE, file: 'pixiecore.0' })
  t.strictSame(results(pixiecore), ['pixiecore.efi', 'pixiecore.0'])
  t.strictSame(
    saidTo(pixiecore, 'bios').map(({ type }) => type),
    ['offer'],
    'a REQUEST on port 67 is ignored',
  )
  const wds = alone('wds')
  for (const group of ['uefi', 'bios'] as const) {
    t.match(offers(wds, group)[0], REDIRECTS)
    t.match(
      saidTo(wds, group).map(({ port }) => port),
      [67, 4011],
    )
  }
  t.strictSame(results(wds), ['boot\\x64\\wdsmgfw.efi', 'boot\\x64\\wdsnbp.com'])
})

t.test('Smee: complete for all; ACKs what is not meant for it', async t => {
  const proxy = alone('smee-proxy')
  t.match(offers(proxy, 'uefi')[0], { ...COMPLETE, file: 'snp.efi' })
  t.match(offers(proxy, 'bios')[0], { ...COMPLETE, file: 'undionly.kpxe' })
  t.ok(
    saidTo(proxy, 'uefi').some(({ type, port }) => type === 'ack' && port === 67),
    'the REQUEST was for the DHCP server',
  )
  t.strictSame(results(proxy), ['snp.efi', 'undionly.kpxe'])
  const pool = 'pool: 10.0.0.50-10.0.0.60'
  const strangers = alone('smee-reservation', pool, NO_DHCP)
  t.strictSame(saidTo(strangers, 'uefi'), [], 'silent to whom it does not know')
  t.strictSame(results(strangers), ['PXE-E18', 'PXE-E51'])
  const known = alone('smee-reservation', `${pool}, own: '00:50:56:*'`, NO_DHCP)
  t.match(offers(known, 'uefi')[0], { codes: '53 54 51 1 60 43', vendor: '060108ff', file: 'snp.efi' })
  t.strictSame(results(known), ['snp.efi', 'undionly.kpxe'])
})

t.test('PyPXE: one offer for everybody, its option 67 with a NUL', async t => {
  const run = alone('pypxe-proxy')
  for (const group of ['uefi', 'bios'] as const)
    t.match(offers(run, group)[0], {
      codes: '53 54 60 97 43 66 67',
      vendor: '0601080a0400505845ff',
      file: 'pxelinux.0',
    })
  t.strictSame(results(run), ['pxelinux.0', 'pxelinux.0'], 'no firmware takes the NUL for a part of the name')
})

t.test('option 60 on a DHCP server: a promise that nobody keeps', async t => {
  const run = alone('plain-dhcp-option-60', 'pool: 10.0.0.50-10.0.0.60', NO_DHCP)
  t.match(offers(run, 'uefi')[0], { codes: '53 54 51 1 60', vendor: undefined, file: '' })
  t.strictSame(results(run), ['PXE-E16', 'PXE-E55'])
  const own = alone('plain-dhcp-option-60', 'pool: 10.0.0.50-10.0.0.60, options: { 66: 10.0.0.7 }', NO_DHCP)
  t.match(offers(own, 'uefi')[0], { codes: '53 54 51 1 60 66' }, 'further options do not take it away')
})

t.test('ITCM: its own at once, others after ten seconds', async t => {
  const secondsOf = (run: Run) => run.result.clients[0]!.seconds
  const stranger = alone('itcm')
  t.match(offers(stranger, 'uefi')[0], { ...COMPLETE, file: 'itcm.efi' })
  t.ok(secondsOf(stranger) > 27 && secondsOf(stranger) < 29, 'the third DISCOVER has secs 12')
  t.ok(secondsOf(alone('itcm', "own: '00:50:56:*'")) < 4)
})

t.test('the other half of a scope refuses what it has not leased', async t => {
  const dhcp = ', bootFile: b, nextServer: 10.0.0.2, tftp: on, images: { b: hello }'
  const types = (run: Run) => saidTo(run, 'uefi').map(({ type }) => type)
  const sleeping = alone('split-scope-pair', '', dhcp)
  t.strictSame(types(sleeping), ['nak'], 'its addresses are all taken: it offers nothing')
  const both = alone('split-scope-pair', 'pool: 10.0.0.50-10.0.0.60', dhcp)
  t.strictSame(types(both), ['offer', 'nak'], 'it was not selected')
  t.match(offers(both, 'uefi')[0], { codes: '53 54 51 1', file: '' })
  for (const run of [sleeping, both]) t.strictSame(results(run), ['b', 'b'], 'and nobody listens to it')
})

t.test('what the file says itself counts before a preset', async t => {
  const run = alone('dnsmasq-proxy', 'bootFile: mine, files: { mine: hello }')
  for (const group of ['uefi', 'bios'] as const)
    t.match(offers(run, group)[0], { ...REDIRECTS, file: 'mine' })
  t.strictSame(results(run), ['mine', 'mine'])
})
