/**
 * Which kind of client a packet is from: every kind by its own habits, and a kind that somebody else has described.
 */
import t from 'tap'
import { latin1Bytes } from '../../src/core/bytes.ts'
import type { ClientKind } from '../../src/analysis/clients/client-kind.ts'
import { CLIENT_KINDS, clientKindOf } from '../../src/analysis/clients/index.ts'
import { FINDING_RULES } from '../../src/analysis/findings/index.ts'
import { BOOTREQUEST, type DhcpOption } from '../../src/wire/dhcp/message.ts'
import {
  OPTION,
  bootRequest,
  bytesOption,
  classIdentifier,
  messageTypeOption,
  textOption,
} from '../../src/wire/dhcp/options.ts'
import { Capture, type Firmware, ms } from './capture-builder.ts'

const asked = (...options: readonly DhcpOption[]) => bootRequest({ op: BOOTREQUEST, options })

t.test('every kind is known by what it sends', async t => {
  const kinds: readonly (readonly [Firmware, number, string])[] = [
    ['edk2', 7, 'EDK2'],
    ['ipxe', 0, 'iPXE'],
    ['bios', 0, 'BIOS ROM'],
    ['bios', 7, 'UEFI'],
    ['u-boot', 22, 'U-Boot'],
    ['http', 16, 'UEFI HTTP boot'],
    ['apple', 0, 'Apple'],
    ['os', 0, 'other'],
  ]
  for (const [firmware, arch, name] of kinds) {
    const capture = new Capture()
    capture.discover(0, capture.machine(1, firmware, { arch }))
    t.same(
      capture.analyze().conversations.map(conversation => conversation.firmware),
      [name],
      `${firmware} of architecture ${arch}`,
    )
  }
})

t.test('iPXE is known by its user class, raw or in instances, and by its own options', async t => {
  const pxe = textOption(OPTION.classIdentifier, 'PXEClient:Arch:00007:UNDI:003010')
  const userClass = (text: string) => asked(pxe, bytesOption(OPTION.userClass, latin1Bytes(text)))
  for (const text of ['iPXE', '\x04iPXE', '\x03lab\x04iPXE', 'iPXE-lab'])
    t.equal(clientKindOf(userClass(text)).name, 'iPXE', JSON.stringify(text))
  for (const text of ['', '\x04', '\xff', 'my iPXE', '\x07my iPXE', '\x00\x00'])
    t.equal(clientKindOf(userClass(text)).name, 'UEFI', JSON.stringify(text))
  t.equal(clientKindOf(asked(pxe, bytesOption(OPTION.ipxeEncapsulated, Uint8Array.of(0xb1, 0)))).name, 'iPXE')
})

t.test('a kind from outside is counted, told of findings, and said in a summary', async t => {
  const toaster: ClientKind = {
    name: 'Toaster',
    matches: message => classIdentifier(message)?.startsWith('PXEClient:Toaster') === true,
    prefers: 'last',
    effects: { 'multiple-pxe-responders': 'a toaster burns' },
  }
  const capture = new Capture()
  const pc = capture.machine(1)
  const options = [messageTypeOption('discover'), textOption(OPTION.classIdentifier, 'PXEClient:Toaster')]
  capture.discover(0, pc, { options })
  capture.offer(ms(1), '10.0.0.5', pc, { pxe: true, file: 'a' })
  capture.offer(ms(2), '10.0.0.6', pc, { pxe: true, file: 'b' })
  const { conversations, findings } = capture.analyze({ clients: [toaster, ...CLIENT_KINDS] })
  t.same(
    conversations.map(({ firmware }) => firmware),
    ['Toaster'],
  )
  const [finding] = findings.filter(({ rule }) => rule === 'multiple-pxe-responders')
  t.match(finding?.message, /^1 Toaster machine: .* A toaster burns\.$/)
})

t.test('what a finding means for a kind is said of findings that there are', async t => {
  const ids: readonly string[] = FINDING_RULES.map(({ meta }) => meta.id)
  for (const { name, effects } of CLIENT_KINDS)
    t.same(
      Object.keys(effects).filter(id => !ids.includes(id)),
      [],
      name,
    )
})
