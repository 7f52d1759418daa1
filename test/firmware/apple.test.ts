/**
 * The Mac against real BSDP servers: its packets, its choice, its timers, what it loads
 * bindings and combined offers.
 */
import t from 'tap'
import { ANY_IP4, type Ip4, LIMITED_BROADCAST, formatIp4, toMac, ip4Number } from '../../src/core/address.ts'
import { toHex } from '../../src/core/bytes.ts'
import { SECOND } from '../../src/core/micros.ts'
import { random } from '../../src/core/random.ts'
import type { ListAnswer } from '../../src/firmware/apple/answers.ts'
import { appleFirmware } from '../../src/firmware/apple/apple.ts'
import { chooseAutomatically, menuOf } from '../../src/firmware/apple/choose.ts'
import { discoverMessage, listMessage, selectMessage } from '../../src/firmware/apple/messages.ts'
import { FIRMWARE_FAMILIES, firmwareFor } from '../../src/firmware/catalogue.ts'
import { MemoryRecords } from '../../src/protocol/bsdp/records.ts'
import { BsdpService, type BsdpServiceOptions } from '../../src/protocol/bsdp/service.ts'
import { bsdpContent } from '../../src/wire/bsdp/decode.ts'
import { bsdpOptions } from '../../src/wire/bsdp/encode.ts'
import { decodeDhcp } from '../../src/wire/dhcp/codec.ts'
import type { DhcpMessage } from '../../src/wire/dhcp/message.ts'
import { classIdentifier, messageType, textOption } from '../../src/wire/dhcp/options.ts'
import { decodeTftp } from '../../src/wire/tftp/codec.ts'
import { CAFE, INSTALL, LAB, image } from '../protocol/bsdp/macs.ts'
import { PACKETS } from '../wire/bsdp/packets.ts'
import { type Contender, D, S } from './contenders.ts'
import { network } from './contenders.ts'
import { type FakeRun, type Reply, type Sent, type World, ip, runScript } from './fake-pc.ts'
import { FUZZ } from '../effort.ts'

const X = ip('10.7.0.10')
const Y = ip('10.7.0.11')

interface Running {
  readonly ip: Ip4
  readonly service: BsdpService
  readonly delay: number
}

const bsdp = (address: Ip4, options: Partial<BsdpServiceOptions> = {}, delay = 20_000): Running => ({
  ip: address,
  delay,
  service: new BsdpService({
    addressOn: () => address,
    isOwnAddress: own => own === address,
    hostName: `server-${ip4Number(address) & 255}`,
    images: [LAB, INSTALL],
    records: new MemoryRecords(),
    ...options,
  }),
})

/** The servers, a DHCP server, and TFTP on all of them. */
const world = (servers: readonly Running[], leaser: Contender = D(), more: Contender[] = []): World => {
  const files = servers.map(({ ip: address }) => S('S1', { ip: address, answersBroadcast: false }))
  const others = network(leaser, ...files, ...more)
  return sent => [...others(sent), ...servers.flatMap(server => answersOf(server, sent))]
}

const answersOf = ({ ip: address, service, delay }: Running, sent: Sent): Reply[] => {
  if (sent.to.port !== 67) return []
  const request = messageOf(sent.payload)
  const actions = service.receive(sent.at, 'bsdp', {
    iface: 'eth0',
    source: { ip: request.ciaddr, port: sent.fromPort },
    target: { ip: sent.to.ip, port: 67 },
    payload: sent.payload,
  })
  return actions.flatMap(action =>
    action.type === 'send'
      ? [
          {
            delay,
            from: { ip: address, port: 67 },
            payload: action.payload,
            toPort: action.to.port,
            ...(action.to.ip !== LIMITED_BROADCAST && { to: action.to.ip }),
          },
        ]
      : [],
  )
}

const messageOf = (bytes: Uint8Array): DhcpMessage => {
  const decoded = decodeDhcp(bytes)
  if (!decoded.ok) throw new Error('no DHCP message')
  return decoded.value
}
const contentOf = (sent: Sent) => {
  const read = bsdpContent(messageOf(sent.payload))
  if (!read.ok) throw new Error('unreachable')
  return read.value
}
const boot = (servers: readonly Running[], profile = 'efi', options = {}) =>
  runScript(appleFirmware(profile), world(servers), options)
const to67 = (run: FakeRun, type: string) =>
  run.sent.filter(sent => sent.to.port === 67 && messageType(messageOf(sent.payload)) === type)
const informs = (run: FakeRun, kind: number) =>
  to67(run, 'inform').filter(sent => contentOf(sent).messageType === kind)
const read = (run: FakeRun) =>
  run.sent.flatMap(sent => {
    const packet = sent.to.port === 69 ? decodeTftp(sent.payload) : undefined
    return packet?.ok && packet.value.kind === 'rrq' ? [packet.value.file] : []
  })
const whom = ({ record }: FakeRun) => [record.outcome, record.pxeServer && formatIp4(record.pxeServer)]
const choices = (run: FakeRun) => run.choices.map(({ text }) => text).join('\n')

t.test('the messages are the annotated ones', async t => {
  const sender = {
    pc: { mac: toMac(0x0200c0a50001) },
    profile: { architecture: 'i386', model: 'MacBookPro11,2' },
  } as const
  const address = ip('10.66.0.50')
  const stamp = (xid: number) => ({ xid, secs: 0, address })
  t.equal(toHex(discoverMessage(sender, stamp(0x4d414300))), toHex(PACKETS.A))
  t.equal(toHex(listMessage(sender, stamp(0x4d414301))), toHex(PACKETS.B))
  const choice = { server: ip('10.66.0.10'), image: 0x01001000 }
  t.equal(toHex(selectMessage(sender, stamp(0x4d414302), choice)), toHex(PACKETS.D))
  const extras = { library: true, replyPort: 993, attributesFilter: [0x0100, 0x8100] }
  t.equal(toHex(listMessage(sender, stamp(0x4d414304), extras)), toHex(PACKETS.H))
})

t.test('first boot, one server', async t => {
  const run = boot([bsdp(X)])
  t.strictSame(whom(run), ['booted', '10.7.0.10'])
  t.strictSame(read(run).slice(0, 1), ['/private/tftpboot/NetBoot/NetBootSP0/Lab.nbi/i386/booter'])
  t.equal(run.record.transfer?.server, X)
  t.equal(run.record.lease?.server, ip('10.7.0.1'))
  t.equal(run.openSockets, 0)
  t.equal(informs(run, 2).length, 1)
  const [listed] = informs(run, 1)
  t.strictSame([listed!.fromPort, listed!.to.ip], [68, LIMITED_BROADCAST])
  t.equal(classIdentifier(messageOf(listed!.payload)), 'AAPLBSDPC/i386/MacBookPro11,2')
  const gap = informs(run, 2)[0]!.at - listed!.at
  t.equal(gap, 3 * SECOND + 20_000, 'gathers for three seconds after the first answer')
})

t.test('bound, it boots by the OFFER and asks nobody', async t => {
  const server = bsdp(X)
  boot([server])
  const run = boot([server])
  t.strictSame(whom(run), ['booted', '10.7.0.10'])
  t.equal(to67(run, 'inform').length, 0)
  t.equal(to67(run, 'request')[0]!.at, 20_000, 'gathering ends when both offers are there')
})

t.test('priority, ties, bindings', async t => {
  const busy = { behavior: { priority: { base: 32_000, falls: true } } }
  t.strictSame(whom(boot([bsdp(X, busy), bsdp(Y)])), ['booted', '10.7.0.11'], '3: the highest')
  t.strictSame(
    whom(boot([bsdp(X, {}, 30_000), bsdp(Y, {}, 20_000)])),
    ['booted', '10.7.0.11'],
    '4: the first',
  )
  t.strictSame(whom(boot([bsdp(X, {}, 20_000), bsdp(Y, {}, 30_000)])), ['booted', '10.7.0.10'])
  // 5: silent at DISCOVER, so that the list decides.
  const bound = bsdp(X, { behavior: { priority: { base: 1, falls: false }, offersToBound: false } })
  boot([bound])
  const run = boot([bound, bsdp(Y)])
  t.strictSame(whom(run), ['booted', '10.7.0.10'], '5: sub-option 8 wins over priority')
  t.match(choices(run), /bound to 10\.7\.0\.10, regardless of priorities/)
})

t.test('moving, and double binding', async t => {
  const [x, y] = [bsdp(X), bsdp(Y, { behavior: { priority: { base: 40_000, falls: false } } })]
  boot([x])
  boot([y])
  const slow = runScript(appleFirmware('efi'), world([x, { ...y, delay: 90_000 }], D({ delay: 500_000 })))
  t.match(
    choices(slow),
    /second BSDP OFFER came from 10\.7\.0\.11; the last one is used/,
    '7: both claim the Mac',
  )
  t.strictSame(whom(slow), ['booted', '10.7.0.11'])
  const racing = boot([x, { ...y, delay: 90_000 }])
  t.strictSame(whom(racing), ['booted', '10.7.0.10'], 'the first OFFER ends the gathering: a race')
  const quiet = { offersToBound: false }
  const [p, q] = [
    bsdp(X, { behavior: quiet }),
    bsdp(Y, { behavior: { ...quiet, priority: { base: 9, falls: false } } }),
  ]
  boot([p])
  boot([q])
  const double = boot([p, q])
  t.match(choices(double), /say that the Mac is bound to them/)
  t.strictSame(whom(double), ['booted', '10.7.0.10'], 'the highest priority of those')
})

const answer = (server: Ip4, more: Partial<ListAnswer> = {}): ListAnswer => ({
  server,
  priority: 100,
  defaultImage: 0x01001000,
  selectedImage: undefined,
  images: [{ id: 0x01001000, name: 'Lab' }],
  ...more,
})

t.test('A-24: global images merge by all 32 bits', async t => {
  const lines = menuOf([
    answer(X, {
      images: [
        { id: 0x01001000, name: 'Lab' },
        { id: 0x01000007, name: 'Own' },
      ],
    }),
    answer(Y, {
      priority: 200,
      images: [
        { id: 0x01001000, name: 'Lab' },
        { id: 0x01000007, name: 'Own' },
        { id: 0x81001000, name: 'Install' },
      ],
    }),
  ])
  t.strictSame(
    lines.map(({ image: id, servers, server }) => [id, servers.length, server]),
    [
      [0x01001000, 2, Y],
      [0x01000007, 1, X],
      [0x01000007, 1, Y],
      [0x81001000, 1, Y],
    ],
  )
  t.equal(chooseAutomatically([]), undefined)
  t.match(chooseAutomatically([answer(X), answer(Y)], new Set([X])), { server: Y })
  t.match(chooseAutomatically([answer(X)], new Set([X])), { server: X }, 'there is no other')
  const filter = [0x8100]
  t.equal(chooseAutomatically([answer(X)], new Set(), filter), undefined, 'old servers ignore the filter')
  t.match(chooseAutomatically([answer(X), answer(Y, { defaultImage: 0x81000001 })], new Set(), filter), {
    server: Y,
  })
})

t.test('after FAILED it waits ten seconds and avoids the server', async t => {
  const high = { priority: { base: 65_000, falls: false } }
  const run = boot([bsdp(X, { behavior: { failsSelect: true, ...high } }), bsdp(Y)])
  t.strictSame(whom(run), ['booted', '10.7.0.11'])
  const [first, second] = informs(run, 2)
  t.ok(second!.at - first!.at >= 13 * SECOND, 'ten seconds and the gathering')
  const alone = boot([bsdp(X, { behavior: { failsSelect: true } })])
  t.strictSame([alone.record.outcome, alone.record.code], ['failed', 'flashing globe'])
  t.equal(informs(alone, 2).length, 3)
})

t.test('an unknown model is not answered, and the lease goes back', async t => {
  const choosy = bsdp(X, { images: [image(0x01001000, 'Lab', { enabledSystemIds: ['iMac14,2'] })] })
  const run = boot([choosy])
  t.strictSame([run.record.outcome, run.record.code], ['failed', 'flashing globe'])
  t.equal(to67(run, 'release').length, 1)
  const times = informs(run, 1).map(({ at }) => at)
  t.equal(times.length, 5)
  for (const [i, wait] of [2, 4, 8, 16].entries()) {
    const gap = times[i + 1]! - times[i]!
    t.ok(Math.abs(gap - wait * SECOND) <= SECOND, `${gap / SECOND} is ${wait} ± 1`)
  }
  t.equal(
    new Set(informs(run, 1).map(({ payload }) => messageOf(payload).xid)).size,
    5,
    'a new xid each time',
  )
  t.strictSame(whom(boot([choosy], 'imac')), ['booted', '10.7.0.10'])
})

t.test('reply ports of the library', async t => {
  const server = bsdp(X)
  const run = boot([server], 'startup-disk')
  t.strictSame(whom(run), ['booted', '10.7.0.10'])
  const [listed] = informs(run, 1)
  const port = contentOf(listed!).replyPort!
  t.ok(port >= 600 && port < 1024 && listed!.fromPort === port)
  t.equal(contentOf(listed!).maxMessageSize, 8192)
  t.match(run.screen.join('\n'), /1\. Lab NetBoot \(0x01001000\) on 10\.7\.0\.10/)
  const plain = messageOf(to67(run, 'discover')[0]!.payload)
  t.equal(classIdentifier(plain), undefined, 'a running system does not look for boot servers')
  t.equal(informs(run, 1).length >= 1 && to67(run, 'discover').length, 2)

  const unprivileged = boot([bsdp(X)], 'startup-disk-unprivileged')
  t.strictSame(
    [unprivileged.record.outcome, unprivileged.record.code],
    ['failed', 'no NetBoot image'],
    'nobody answers, and it stays as it was',
  )
  t.ok(contentOf(informs(unprivileged, 1)[0]!).replyPort! >= 1024)
})

t.test('A-25: timers of the library', async t => {
  const run = boot([], 'startup-disk')
  const times = informs(run, 1).map(({ at }) => at)
  t.equal(times.length, 7)
  for (const [i, wait] of [2, 4, 8, 16, 16, 16].entries()) {
    const gap = (times[i + 1]! - times[i]!) / SECOND
    t.ok(gap >= wait && gap <= wait + 1, `${gap} is ${wait} and up to a second`)
  }
  const total = (run.endedAt! - times[0]!) / SECOND
  t.ok(total >= 78 && total <= 85, `gives up after ${total}`)
  t.equal(new Set(informs(run, 1).map(({ payload }) => messageOf(payload).xid)).size, 1, 'one xid')
  const mute = boot([bsdp(X, { behavior: { unknownImage: 'silent' }, images: [LAB] })], 'startup-disk', {})
  t.equal(mute.record.outcome, 'booted')
  const far = runScript(appleFirmware('startup-disk'), sent =>
    world([bsdp(X)])(sent).filter(each => !('payload' in each) || !isSelection(each.payload)),
  )
  const selects = informs(far, 2).map(({ at }) => at)
  t.equal(selects.length, 2)
  t.strictSame([selects[1]! - selects[0]!, far.endedAt! - selects[1]!], [2 * SECOND, 4 * SECOND])
})

const isSelection = (payload: Uint8Array): boolean => {
  const message = decodeDhcp(payload)
  const content = message.ok ? bsdpContent(message.value) : undefined
  return content?.ok === true && content.value.messageType === 2
}

t.test('A-34: a server that answers every SELECT', async t => {
  const deaf = () =>
    bsdp(Y, { behavior: { ignoresServerIdentifier: true, priority: { base: 1, falls: false } } }, 10_000)
  const careful = boot([bsdp(X), deaf()])
  t.strictSame(whom(careful), ['booted', '10.7.0.10'])
  t.match(choices(careful), /10\.7\.0\.11 answers a SELECT that named 10\.7\.0\.10; the Mac ignores it/)
  t.strictSame(whom(boot([bsdp(X), deaf()], 'efi-trusting')), ['booted', '10.7.0.11'])
})

t.test('combined offers', async t => {
  const options = [
    textOption(60, 'AAPLBSDPC/i386'),
    ...bsdpOptions({ selectedImage: 0x81000067 }),
    textOption(17, 'http://10.7.0.1/x.dmg'),
  ]
  const recipe = D({ options, siaddr: ip('10.7.0.1'), file: 'macnbi-i386/booter' })
  const old = runScript(appleFirmware('efi-2006'), world([], recipe))
  t.strictSame(whom(old), ['booted', '10.7.0.1'])
  t.strictSame(read(old), ['macnbi-i386/booter', 'macnbi-i386/mach.macosx', 'macnbi-i386/mach.macosx.mkext'])
  const recent = runScript(appleFirmware('efi'), world([], recipe))
  t.equal(recent.record.outcome, 'failed')
  t.match(choices(recent), /uses only the address/)
  t.strictSame(whom(runScript(appleFirmware('efi'), world([bsdp(X)], recipe))), ['booted', '10.7.0.10'])
})

t.test('PXE offers are nothing to a Mac', async t => {
  const run = runScript(
    appleFirmware('efi'),
    network(D(), { ip: X, pxe: true, siaddr: X, file: 'boot-X', vendor: { discoveryControl: 8 } }),
  )
  t.equal(run.record.outcome, 'failed')
  t.strictSame(read(run), [])
})

t.test('A-30: what each generation loads', async t => {
  const P = '/private/tftpboot/NetBoot/NetBootSP0/Lab.nbi'
  t.strictSame(read(boot([bsdp(X)])), [
    `${P}/i386/booter`,
    `${P}/i386/com.apple.Boot.plist`,
    `${P}/i386/PlatformSupport.plist`,
    `${P}/i386/x86_64/kernelcache`,
  ])
  const ppc = image(0x01001000, 'Lab NetBoot', { architectures: ['ppc'], architectureFolders: false })
  t.strictSame(read(boot([bsdp(X, { images: [ppc] })], 'open-firmware')), [
    `${P}/booter`,
    `${P}/mach.macosx`,
    `${P}/mach.macosx.mkext`,
  ])
  const gone = world([bsdp(X)])
  const without = (lost: RegExp): FakeRun =>
    runScript(appleFirmware('efi'), sent => {
      const packet = sent.to.port === 69 ? decodeTftp(sent.payload) : undefined
      const isLost = packet?.ok && packet.value.kind === 'rrq' && lost.test(packet.value.file)
      return isLost ? network(S('S1', { ip: X, tftp: 'missing' }))(sent) : gone(sent)
    })
  const support = without(/plist$/)
  t.equal(support.record.outcome, 'booted', 'both lists may be missing')
  t.strictSame(read(support).slice(1, 6), [
    `${P}/i386/com.apple.Boot.plist`,
    `${P}/com.apple.Boot.plist`,
    `${P}/i386/PlatformSupport.plist`,
    `${P}/PlatformSupport.plist`,
    'System/Library/CoreServices/PlatformSupport.plist',
  ])
  const kernel = without(/kernelcache$/)
  t.strictSame([kernel.record.outcome, kernel.record.code], ['failed', 'prohibitory sign'])
  const booter = without(/booter$/)
  t.strictSame([booter.record.outcome, booter.record.code], ['failed', 'flashing globe'])
})

t.test('it loads from a load-balance server', async t => {
  const server = bsdp(X, { images: [{ ...LAB, loadBalanceServer: Y }] })
  const run = runScript(
    appleFirmware('efi'),
    world([server], D(), [S('S2', { ip: Y, answersBroadcast: false })]),
  )
  t.strictSame([run.record.outcome, run.record.pxeServer, run.record.transfer?.server], ['booted', X, Y])
})

t.test('nobody there, NAKs, and the screen', async t => {
  const nobody = runScript(appleFirmware('efi'), () => [])
  t.strictSame([nobody.record.outcome, nobody.record.code], ['failed', 'flashing globe'])
  t.equal(to67(nobody, 'discover').length, 4)
  const nak = runScript(appleFirmware('efi'), world([bsdp(X)], D({ onRequest: 'nak' })))
  t.equal(nak.record.outcome, 'failed')
  t.match(choices(nak), /refuses/)
  t.strictSame(boot([bsdp(X)]).screen, [
    'MacBookPro11,2: NetBoot (N)',
    'IP 10.7.0.101 from 10.7.0.1',
    'booting /private/tftpboot/NetBoot/NetBootSP0/Lab.nbi/i386/booter from 10.7.0.10',
  ])
  t.match(firmwareFor(FIRMWARE_FAMILIES, 'apple', undefined, 'x64-uefi'), { family: 'apple', profile: 'efi' })
  t.throws(() => appleFirmware('none'), /Apple has no profile none/)
})

t.test('random replies never make the script throw or run for ever', async t => {
  const runs = Math.max(200, Math.floor(FUZZ / 40))
  const profiles = ['efi', 'efi-2006', 'efi-trusting', 'open-firmware', 'startup-disk']
  const outcomes = new Set<string>()
  for (let seed = 1; seed <= runs; seed++) {
    const dice = random(`fuzz ${seed}`)
    const honest = world([bsdp(X, { images: [LAB, CAFE] }), bsdp(Y)])
    const run = runScript(
      appleFirmware(profiles[seed % profiles.length]!),
      sent =>
        honest(sent).flatMap(answer => {
          if ('unreachable' in answer || dice.chance(0.3)) return [answer]
          const payload = answer.payload.slice()
          for (let changes = dice.below(6); changes > 0; changes--) {
            const from = payload.length > 240 && dice.chance(0.9) ? 240 : 0
            payload[from + dice.below(payload.length - from)] = dice.below(256)
          }
          return Array.from({ length: dice.below(4) }, () => ({ ...answer, payload }))
        }),
      { seed, limit: 7200 * SECOND },
    )
    outcomes.add(run.record.outcome)
    if (run.endedAt === undefined) t.fail(`seed ${seed} did not come to an end`)
  }
  t.strictSame([...outcomes].toSorted(), ['booted', 'failed'])
  t.equal(ANY_IP4, 0)
})
