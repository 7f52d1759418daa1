/**
 * The BSDP rules (BSDP-1 … BSDP-30) on hand-made packets: each misbehaviour gives its own finding and no other, well-behaved
 * servers give none, the annotated intruders O and P are found out, and nothing makes the follower throw.
 */
import t from 'tap'
import {
  ANY_IP4,
  BROADCAST_MAC,
  type Ip4,
  LIMITED_BROADCAST,
  type Mac,
  parseIp4,
  toMac,
  ip4Number,
} from '../../src/core/address.ts'
import { SECOND } from '../../src/core/micros.ts'
import { random } from '../../src/core/random.ts'
import { Analyzer, type Finding } from '../../src/analysis/analyzer.ts'
import type { BsdpContent } from '../../src/wire/bsdp/content.ts'
import { bsdpOptions } from '../../src/wire/bsdp/encode.ts'
import { encodeDhcp } from '../../src/wire/dhcp/codec.ts'
import type { DhcpMessage, DhcpOption } from '../../src/wire/dhcp/message.ts'
import {
  OPTION,
  bootReply,
  bytesOption,
  ip4Option,
  messageTypeOption,
  textOption,
} from '../../src/wire/dhcp/options.ts'
import { encodeFrame } from '../../src/wire/frames.ts'
import { encodeTftp } from '../../src/wire/tftp/codec.ts'
import { type MacMessage, macMessage } from '../protocol/bsdp/macs.ts'
import { PACKETS } from '../wire/bsdp/packets.ts'
import { FUZZ } from '../effort.ts'

const ip = (text: string): Ip4 => parseIp4(text)!
const [X, Y, MINE] = [ip('10.66.0.10'), ip('10.66.0.11'), ip('10.66.0.50')]
const LAB = 0x01001000
const FILE = '/private/tftpboot/NetBoot/NetBootSP0/Lab.nbi/i386/booter'

interface Said extends Partial<BsdpContent> {
  readonly header?: Partial<DhcpMessage>
  readonly options?: readonly DhcpOption[]
  readonly class?: string | undefined
  readonly port?: number
  readonly noServer?: boolean
  /** Instead of what the content would be. */
  readonly vendor?: readonly Uint8Array[]
}

/** One capture of one segment. */
class Lab {
  readonly #analyzer = new Analyzer()
  #xid = 100
  at = 0
  mac: Mac = toMac(0x0200c0a50001)

  frame(source: Ip4, sourcePort: number, target: Ip4, targetPort: number, payload: Uint8Array): void {
    this.at += 1_000
    const bytes = encodeFrame({
      source: toMac(0x020000000000 + (ip4Number(source) & 0xffff)),
      target:
        target === LIMITED_BROADCAST ? BROADCAST_MAC : toMac(0x020000000000 + (ip4Number(target) & 0xffff)),
      packet: {
        kind: 'ip4',
        source,
        target,
        ttl: 64,
        identification: this.at & 0xffff,
        dontFragment: false,
        moreFragments: false,
        fragmentOffset: 0,
        body: { kind: 'udp', sourcePort, targetPort, payload },
      },
    })
    this.#analyzer.add({ at: this.at, segment: 'lab', bytes })
  }

  ask(content: Partial<BsdpContent>, more: MacMessage = {}): DhcpMessage {
    const request = macMessage({ xid: this.#xid++, mac: this.mac, ciaddr: MINE, ...more, content })
    const isInform = request.ciaddr !== ANY_IP4
    this.frame(isInform ? MINE : ANY_IP4, content.replyPort ?? 68, LIMITED_BROADCAST, 67, encodeDhcp(request))
    return request
  }

  list = (content: Partial<BsdpContent> = {}): DhcpMessage => this.ask({ messageType: 1, ...content })
  select = (server: Ip4, content: Partial<BsdpContent> = {}): DhcpMessage =>
    this.ask({ messageType: 2, serverIdentifier: server, selectedImage: LAB, ...content })
  discover = (): DhcpMessage => this.ask({}, { type: 'discover', ciaddr: ANY_IP4 })

  answer(server: Ip4, request: DhcpMessage, said: Said, type: 'ack' | 'offer' = 'ack'): void {
    const { header, options = [], port = 68, noServer, vendor, ...content } = said
    const name = 'class' in said ? said.class : 'AAPLBSDPC'
    const reply = bootReply(request, {
      ciaddr: request.ciaddr,
      siaddr: server,
      options: [
        messageTypeOption(type),
        ...(noServer ? [] : [ip4Option(OPTION.serverIdentifier, server)]),
        ...(name === undefined ? [] : [textOption(60, name)]),
        ...(vendor ? vendor.map(value => bytesOption(43, value)) : bsdpOptions(content)),
        ...options,
      ],
      ...header,
    })
    const to = request.ciaddr === ANY_IP4 ? LIMITED_BROADCAST : request.ciaddr
    this.frame(server, 67, to, port, encodeDhcp(reply))
  }

  listed(server: Ip4, request: DhcpMessage, said: Said = {}): void {
    const images = [{ id: LAB, name: 'Lab' }]
    this.answer(server, request, { messageType: 1, priority: 32_768, defaultImage: LAB, images, ...said })
  }

  selected(server: Ip4, request: DhcpMessage, said: Said = {}): void {
    const header = { file: FILE, sname: 'host', ...said.header }
    this.answer(server, request, {
      messageType: 2,
      selectedImage: LAB,
      machineName: 'NetBoot001',
      ...said,
      header,
    })
  }

  load(server: Ip4, file = FILE): void {
    const port = 2_000 + (this.at % 30_000)
    this.frame(MINE, port, server, 69, encodeTftp({ kind: 'rrq', file, mode: 'octet', options: [] }))
    this.frame(server, 3_000, MINE, port, encodeTftp({ kind: 'data', block: 1, bytes: new Uint8Array(9) }))
    this.frame(MINE, port, server, 3_000, encodeTftp({ kind: 'ack', block: 1 }))
  }

  /** A whole boot as it should be. */
  boot(
    mac: number,
    server: Ip4,
    others: readonly Ip4[],
    priority: (server: Ip4) => number = () => 32_768,
  ): void {
    this.mac = toMac(mac)
    const listing = this.list()
    for (const each of [server, ...others]) this.listed(each, listing, { priority: priority(each) })
    this.selected(server, this.select(server))
    this.load(server)
    this.at += 20 * SECOND
  }

  findings(quiet = 30): Finding[] {
    this.at += quiet * SECOND
    // Somebody else's packet, so that time has passed.
    this.frame(ip('10.66.0.99'), 5000, ip('10.66.0.98'), 5000, new Uint8Array(4))
    return [...this.#analyzer.finish().findings]
  }

  rules = (quiet?: number): string[] => this.findings(quiet).map(({ rule }) => rule)
}

const lab = (play: (lab: Lab) => void): Lab => {
  const one = new Lab()
  play(one)
  return one
}

t.test('well-behaved servers side by side are no finding', async t => {
  const falling = new Map([X, Y].map(server => [server, 32_768]))
  const fine = lab(one => {
    for (let mac = 1; mac <= 8; mac++) {
      const [server, other] = mac % 2 ? [X, Y] : [Y, X]
      one.boot(mac, server, [other], each => falling.get(each)!)
      falling.set(server!, falling.get(server!)! - 1)
    }
    // Bound now: the OFFER comes with the address of another server.
    one.mac = toMac(1)
    const again = one.discover()
    one.answer(
      X,
      again,
      { selectedImage: LAB, machineName: 'NetBoot001', header: { ciaddr: ANY_IP4, file: FILE } },
      'offer',
    )
    one.load(X)
  })
  t.strictSame(fine.rules(), [])
  const local = [{ id: 0x01000007, name: 'Diag' }]
  const alike = lab(one => {
    const request = one.list()
    one.listed(X, request, { priority: 2, defaultImage: 0x01000007, images: local })
    one.listed(Y, request, { priority: 1, defaultImage: 0x01000007, images: local })
    one.selected(X, one.select(X, { selectedImage: 0x01000007 }), { header: { siaddr: Y } })
    one.load(Y)
  })
  t.strictSame(alike.rules(), [], 'BSDP-5, BSDP-20: same local numbers, load-balance server')
})

t.test('the second server O and the intruder P', async t => {
  const intruded = lab(one => {
    one.frame(MINE, 68, LIMITED_BROADCAST, 67, PACKETS.B)
    one.frame(X, 67, MINE, 68, PACKETS.C)
    one.frame(Y, 67, MINE, 68, PACKETS.O)
    one.frame(MINE, 68, LIMITED_BROADCAST, 67, PACKETS.D)
    one.frame(Y, 67, MINE, 68, PACKETS.P)
    one.frame(X, 67, MINE, 68, PACKETS.E)
    one.load(Y, 'NetBoot/Old.nbi/i386/booter')
  })
  const findings = intruded.findings()
  t.strictSame(
    findings.map(({ rule }) => rule),
    ['bsdp-answer-for-another', 'bsdp-global-image-conflict', 'bsdp-loaded-elsewhere'],
  )
  t.match(findings[0]!.message, '10.66.0.11 answers a SELECT that names 10.66.0.10')
  t.match(
    findings[1]!.message,
    /image 0x01001000 is not the same on 10\.66\.0\.10 and 10\.66\.0\.11.*"Lab NetBoot OLD"/,
  )
  t.strictSame(findings[0]!.servers, [X, Y])
  t.ok(findings.every(({ evidence }) => evidence.length > 0))
})

type Case = readonly [rule: string, play: (lab: Lab) => void]

const CASES: readonly Case[] = [
  [
    'bsdp-answer-for-another',
    one => {
      const request = one.select(X)
      one.selected(X, request)
      one.selected(Y, request)
      one.load(X)
    },
  ],
  [
    'bsdp-global-image-conflict',
    one => {
      // The names agree, the folders do not.
      one.boot(1, X, [Y])
      one.mac = toMac(2)
      const request = one.list()
      one.listed(X, request, { priority: 32_767 })
      one.listed(Y, request)
      const selecting = one.select(Y)
      one.selected(Y, selecting, { header: { file: '/srv/Other.nbi/i386/booter' } })
      one.load(Y, '/srv/Other.nbi/i386/booter')
      one.at += 20 * SECOND
      one.mac = toMac(3)
      const later = one.list()
      one.listed(X, later, { priority: 3 })
      one.listed(Y, later, { priority: 2 })
    },
  ],
  [
    'bsdp-double-binding',
    one => {
      const request = one.list()
      for (const [server, priority] of [
        [X, 1],
        [Y, 2],
      ] as const)
        one.listed(server, request, { priority, selectedImage: LAB })
    },
  ],
  [
    'bsdp-double-binding',
    one => {
      const request = one.discover()
      for (const server of [X, Y])
        one.answer(server, request, { selectedImage: LAB, header: { ciaddr: ANY_IP4, file: FILE } }, 'offer')
    },
  ],
  [
    'bsdp-stale-binding',
    one => {
      one.boot(1, X, [Y])
      one.at += 200 * SECOND
      const request = one.list()
      one.listed(Y, request, { selectedImage: LAB })
    },
  ],
  [
    'bsdp-constant-priority',
    one => {
      const request = one.list()
      one.listed(X, request)
      one.listed(Y, request, { priority: 65_535 })
    },
  ],
  [
    'bsdp-constant-priority',
    one => {
      const request = one.list()
      one.listed(X, request, { priority: 500 })
      one.listed(Y, request)
    },
  ],
  [
    'bsdp-constant-priority',
    one => {
      for (let mac = 1; mac <= 5; mac++)
        one.boot(mac, Y, [X], server => (server === Y ? 33_000 : 32_768 - mac))
    },
  ],
  [
    'bsdp-unstable-default',
    one => {
      const request = one.list()
      one.listed(X, request)
      one.listed(Y, request, { defaultImage: 0x01000007, images: [{ id: 0x01000007, name: 'Diag' }] })
    },
  ],
  [
    'bsdp-claims-everyone',
    one => {
      for (let mac = 1; mac <= 4; mac++) {
        one.mac = toMac(mac)
        one.listed(X, one.list(), { selectedImage: LAB })
        one.at += 200 * SECOND
      }
    },
  ],
  ['bsdp-wrong-reply-port', one => one.listed(X, one.list({ replyPort: 993 }), { port: 68 })],
  ['bsdp-malformed-answer', one => one.listed(X, one.list(), { header: { yiaddr: MINE } })],
  ['bsdp-malformed-answer', one => one.listed(X, one.list(), { noServer: true })],
  ['bsdp-malformed-answer', one => one.listed(X, one.list(), { header: { ciaddr: Y } })],
  ['bsdp-malformed-answer', one => one.answer(X, one.list(), { vendor: [] })],
  [
    'bsdp-malformed-answer',
    one => one.answer(X, one.list(), { vendor: [Uint8Array.of(1, 1, 1, 9, 60, 1, 0)] }),
  ],
  ['bsdp-malformed-answer', one => one.listed(X, one.list(), { class: 'AAPLBSDPC/i386/MacBookPro11,2' })],
  ['bsdp-bad-image-id', one => one.listed(X, one.list(), { defaultImage: 0x01000009 })],
  [
    'bsdp-bad-image-id',
    one =>
      one.listed(X, one.list(), {
        images: [
          { id: LAB, name: 'a' },
          { id: 0x7f000001, name: 'b' },
        ],
      }),
  ],
  [
    'bsdp-bad-image-id',
    one =>
      one.listed(X, one.list(), {
        images: [
          { id: LAB, name: 'a' },
          { id: 0x01550001, name: 'b' },
        ],
      }),
  ],
  [
    'bsdp-unprivileged-reply-port',
    one => {
      const request = one.list({ replyPort: 2000 })
      one.listed(X, request, { port: 2000 })
    },
  ],
  ['bsdp-select-failed', one => one.answer(X, one.select(X), { messageType: 3 })],
  [
    'bsdp-list-unanswered',
    one => {
      one.list()
      one.at += 2 * SECOND
      one.list()
    },
  ],
  [
    'bsdp-select-unanswered',
    one => {
      one.listed(X, one.list())
      one.select(X)
      one.at += 2 * SECOND
      one.select(X)
    },
  ],
  [
    'bsdp-loaded-elsewhere',
    one => {
      one.selected(X, one.select(X))
      one.load(Y)
    },
  ],
  ['bsdp-not-loaded', one => one.selected(X, one.select(X))],
  [
    'bsdp-truncated-list',
    one => {
      const images = Array.from({ length: 36 }, (_, i) => ({
        id: LAB + i,
        name: `Image number ${i} of the class`,
      }))
      one.listed(X, one.list(), { images })
    },
  ],
  [
    'bsdp-unsolicited-answer',
    one => {
      const request = one.list()
      one.listed(X, request)
      one.listed(Y, { ...request, xid: 7 })
    },
  ],
  [
    'bsdp-late-answer',
    one => {
      const request = one.list()
      one.listed(X, request)
      one.at += 5 * SECOND
      one.listed(Y, request, { priority: 32_767 })
    },
  ],
  [
    'bsdp-password-on-wire',
    one => {
      one.selected(X, one.select(X), {
        shadowMountPath: 'afp://netboot001:secret42@10.66.0.10/NetBootClients0',
      })
      one.load(X)
    },
  ],
  [
    'bsdp-class-confusion',
    one => {
      const request = one.ask({}, { type: 'discover', ciaddr: ANY_IP4 })
      const pxe = {
        class: 'PXEClient',
        vendor: [Uint8Array.of(6, 1, 8, 255)],
        header: { ciaddr: ANY_IP4, file: 'x.0' },
      }
      one.answer(Y, request, pxe, 'offer')
    },
  ],
]

t.test('each misbehaviour is found, and nothing else', async t => {
  for (const [rule, play] of CASES) t.strictSame([...new Set(lab(play).rules())], [rule], rule)
})

t.test('what is said, and what is not', async t => {
  const secret = lab(CASES.find(([rule]) => rule === 'bsdp-password-on-wire')![1]).findings()[0]!
  t.notMatch(JSON.stringify(secret), 'secret42', 'no password in any output')
  t.equal(secret.severity, 'info')
  const echo = lab(one => one.listed(X, one.list(), { class: 'AAPLBSDPC/i386/iMac' })).findings()[0]!
  t.equal(echo.severity, 'warning', 'firmware takes it')
  const looping = lab(one => {
    one.answer(X, one.select(X), { messageType: 3 })
    one.at += 2 * SECOND
    one.listed(X, one.list())
  }).findings()[0]!
  t.match(looping.message, /without the pause of ten seconds/)
})

t.test('a running system that selects and restarts later is no failure', async t => {
  const startupDisk = lab(one => {
    const port = { replyPort: 993 }
    one.listed(X, one.list(port), { port: 993 })
    one.selected(X, one.select(X, port), { port: 993 })
  })
  t.strictSame(startupDisk.rules(), [])
})

t.test('one answer tried once, and a capture that ends at once, prove nothing', async t => {
  t.strictSame(lab(one => one.list()).rules(), [])
  t.strictSame(lab(one => one.listed(X, one.list())).rules(0), [])
})

t.test('random BSDP traffic never makes the analyser throw', async t => {
  const dice = random('bsdp analysis')
  const packets = Object.values(PACKETS)
  for (let run = Math.max(20, FUZZ / 200); run > 0; run--) {
    const one = new Lab()
    for (let i = 0; i < 60; i++) {
      const bytes = packets[dice.below(packets.length)]!.slice()
      for (let changes = dice.below(5); changes > 0; changes--)
        bytes[dice.below(bytes.length)] = dice.below(256)
      if (dice.chance(0.2)) one.at += 60 * SECOND
      const isRequest = bytes[0] === 1
      one.frame(
        isRequest ? MINE : X,
        isRequest ? 68 : 67,
        isRequest ? LIMITED_BROADCAST : MINE,
        isRequest ? 67 : 68,
        bytes,
      )
    }
    one.findings()
  }
  t.pass('none')
})
