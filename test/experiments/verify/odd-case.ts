/**
 * Odd boots at random for the model beside real firmware: one to four servers in a fixed order of arrival, whose packets are
 * strange in ways that the measured rows of scenarios/firmware do not have together. Nothing is on the edge of a race:
 * no answer comes near the end of a window. Same number, same case. Runs nothing.
 */
import { type Random, random } from '../../../src/core/random.ts'

type Form = Readonly<Record<string, unknown>>

const LIMIT = '100s'

/** As YAML takes it. */
export const oddCase = (seed: number): string => {
  const draw = random(seed).fork('odd')
  const servers: Record<string, Form> = {}
  const kinds = one(draw, SHAPES)
  for (const [index, kind] of kinds.entries()) {
    const name = `${kind}${index}`
    servers[name] = MAKERS[kind](draw, name, index)
  }
  return JSON.stringify({
    title: `Odd ${seed}: ${kinds.join(', ')}`,
    limit: LIMIT,
    subnets: { lan: { cidr: '10.7.0.0/24' } },
    servers,
    clients: {
      edk2: { on: 'lan', firmware: 'edk2' },
      ipxe: { on: 'lan', firmware: 'ipxe', profile: '2019-ra' },
    },
  })
}

const one = <T>(draw: Random, values: readonly T[]): T => values[draw.below(values.length)]!
const maybe = (draw: Random, share: number, form: () => Form): Form => (draw.chance(share) ? form() : {})

/** A lease without and with a file, both in one packet, a complete proxy, one to be asked on 4011, one with a menu. */
const MAKERS = {
  d: (draw: Random, name: string, index: number) => lease(draw, name, index, {}),
  f: (draw: Random, name: string, index: number) => lease(draw, name, index, file(draw, name)),
  b: (draw: Random, name: string, index: number) => both(draw, name, index),
  p: (draw: Random, name: string, index: number) => proxy(draw, name, index),
  a: (draw: Random, name: string, index: number) => asked(draw, name, index),
  m: (draw: Random, name: string, index: number) => menu(draw, name, index),
} satisfies Record<string, (draw: Random, name: string, index: number) => Form>
type Kind = keyof typeof MAKERS

const SHAPES: readonly (readonly Kind[])[] = [
  ['f'],
  ['b'],
  ['f', 'f'],
  ['d', 'p'],
  ['p', 'd'],
  ['d', 'a'],
  ['a', 'd'],
  ['d', 'm'],
  ['m', 'd'],
  ['f', 'p'],
  ['f', 'a'],
  ['d', 'p', 'p'],
  ['a', 'p', 'd'],
  ['d', 'a', 'a'],
  ['b', 'p'],
  ['f', 'd', 'p'],
  ['f', 'b', 'f'],
  ['d', 'm', 'p', 'f'],
  ['d', 'a', 'a', 'a', 'p'],
  ['f', 'b', 'f', 'd', 'b'],
  ['m', 'm', 'd'],
  ['d', 'b', 'a', 'p'],
]

const hostOf = (index: number): string => `10.7.0.${11 + 5 * index}`

/** Later servers answer later, and none at the time when a window ends. */
const common = (draw: Random, index: number): Form => ({
  kind: 'foreign',
  on: 'lan',
  address: hostOf(index),
  delay: draw.chance(0.8) ? `${20 + 40 * index}ms` : one(draw, ['600ms', '1400ms', '2500ms', '5s', '9s']),
  ackDelay: draw.chance(0.9) ? '20ms' : one(draw, ['150ms', '2500ms', '5s']),
  ...maybe(draw, 0.15, () => ({ repeat: one(draw, [2, 3, 20]) })),
})

const NAMES = ['', ' x', '.efi', '.0', '.d/x', '\\win', '%41'] as const

const file = (draw: Random, name: string): Form => {
  const base = `boot-${name}${draw.chance(0.3) ? one(draw, NAMES) : ''}`
  const long = draw.chance(0.05) ? base + 'y'.repeat(one(draw, [120, 126, 127]) - base.length) : base
  return {
    bootFile: long,
    files: { [long]: `I am boot-${name}` },
    ...maybe(draw, 0.25, () => ({ tftp: tftp(draw, long) })),
    ...maybe(draw, 0.1, () => ({ nextServer: one(draw, ['10.7.0.200', '192.0.2.9', '0.0.0.0']) })),
  }
}

const tftp = (draw: Random, name: string): Form | string =>
  one<Form | string>(draw, [
    'closed',
    'silent',
    'no-options',
    'raises-blksize',
    { errors: { [name]: one(draw, [0, 1, 2, 3, 4, 6, 7]) } },
    { maxBlksize: one(draw, [8, 512, 700, 1024]) },
    { tsize: one(draw, ['missing', 0, 1, 100, 100_000]) },
    { ignores: one(draw, ['blksize', 'tsize', 'windowsize']) },
    { dataCopies: 2 },
  ])

const hex = (text: string): Form => ({ hex: text })
const textHex = (text: string, ...after: number[]): Form =>
  hex(Buffer.concat([Buffer.from(text, 'latin1'), Buffer.from(after)]).toString('hex'))

/** Options that a lease may carry besides; each is odd in one way. */
const ODD_LEASE: readonly ((draw: Random, name: string) => Form)[] = [
  () => ({ options: { 3: '10.7.0.1' } }),
  draw => ({ options: { 1: one(draw, ['255.255.0.0', '255.255.255.128', '255.0.0.0', '0.0.0.0']) } }),
  draw => ({ options: { 51: one(draw, [0, 1, 60, 864_000, 0xffffffff]) } }),
  draw => ({ options: { 51: hex(one(draw, ['00 0e', '00 00 0e 10 00'])) } }),
  () => ({ omit: [51] }),
  () => ({ omit: [1] }),
  () => ({ omit: [54] }),
  draw => ({ options: { 54: one(draw, ['10.7.0.200', '0.0.0.0', '255.255.255.255']) } }),
  () => ({ options: { 6: hex('0a 07 00') } }),
  () => ({ options: { 12: hex('') } }),
  () => ({ options: { 28: hex('ff ff ff') } }),
  () => ({ options: { 52: hex('00') } }),
  draw => ({ options: { 53: hex(one(draw, ['02 02', ''])) } }),
  () => ({ options: { 58: hex('00 00 07'), 59: hex('00') } }),
  (draw, name) => ({
    overload: { file: [67], sname: draw.chance(0.5) ? [15] : [] },
    options: { 15: `lab.${name}` },
  }),
  () => ({ overload: { sname: [66] }, options: { 66: '10.7.0.11' } }),
  draw => ({ options: { 66: one(draw, ['10.7.0.11', '10.7.0.16', 'no.such.host', '10.7.0.200']) } }),
  (_, name) => ({ options: { 67: textHex(`o67-${name}`, 0) } }),
  (_, name) => ({ options: { 67: textHex(`o67-${name}`) } }),
  draw => ({
    options: { 60: one(draw, ['PXEClient', 'PXEClient:Arch:00007', 'HTTPClient', 'pxeclient', 'MSFT 5.0']) },
  }),
  () => ({ options: { 43: hex('06 01 08 ff') } }),
  draw => ({ options: { 43: hex(one(draw, ['', 'ff', '00', '01 02 03', 'de ad be ef', '06 01'])) } }),
  draw => ({ ipxe: { priority: one(draw, [-1, 1, 20]) } }),
  () => ({ ipxe: { noProxy: true } }),
  () => ({ malformed: 'no-end' }),
  () => ({ malformed: 'bad-length-51' }),
  draw => ({ unicast: one(draw, ['offer', 'ack']) }),
  draw => ({ answers: one(draw, ['offer-only', 'nak', 'nak-others', 'ack-others']) }),
  (_, name) => ({ ack: { bootFile: `ack-${name}` } }),
  () => ({ ack: { nextServer: '10.7.0.16' } }),
  draw => ({ ack: { serverIdentifier: one(draw, ['10.7.0.200', '10.7.0.16']) } }),
  draw => ({ ack: { omit: [one(draw, [1, 51, 54, 60])] } }),
  draw => ({
    ack: { options: { [one(draw, [1, 3])]: one(draw, ['255.255.255.0', '10.7.0.1', '10.99.0.1']) } },
  }),
  () => ({ noLease: true }),
  draw => ({ refuses: one(draw, ['*', '02:4e:00:00:00:01']) }),
  (draw, name) => ({
    also: [
      {
        role: 'proxy',
        delay: '300ms',
        bootFile: `boot-${name}`,
        options: { 43: hex(one(draw, CONTROL)(draw)) },
      },
    ],
  }),
  () => ({ also: [{ role: 'proxy', delay: '310ms' }] }),
  draw => ({ options: { 43: hex(one(draw, CONTROL)(draw)), 60: 'PXEClient' } }),
  () => ({ overload: { file: [51, 1], sname: [3] } }),
  () => ({ options: { 175: hex('b0 01 01 53 04 0a 07 00 0b') } }),
  draw => ({
    options: {
      [one(draw, [12, 15, 17, 128, 150, 209, 210, 252])]: hex(
        one(draw, ['', '00', '41', 'ff', '0a 07 00 0b']),
      ),
    },
  }),
]

const odd = (draw: Random, name: string, forms: readonly ((draw: Random, name: string) => Form)[]): Form => {
  const count = one(draw, [0, 1, 2, 3])
  let merged: Form = {}
  for (let i = 0; i < count; i++) merged = joined(merged, one(draw, forms)(draw, name))
  return merged
}

/** Options add up; of all else the later counts. */
const joined = (a: Form, b: Form): Form => ({
  ...a,
  ...b,
  ...((a['options'] ?? b['options']) !== undefined && {
    options: { ...(a['options'] as Form), ...(b['options'] as Form) },
  }),
})

const lease = (draw: Random, name: string, index: number, more: Form): Form =>
  joined(
    joined(
      { ...common(draw, index), role: 'dhcp', pool: `10.7.0.${111 + 10 * index}-10.7.0.${119 + 10 * index}` },
      more,
    ),
    namesOf(odd(draw, name, ODD_LEASE), more, name),
  )

/** Whatever is named is there, so that it is the choice that differs and not the missing file. */
const namesOf = (oddity: Form, more: Form, name: string): Form => {
  const names = [`o67-${name}`, `ack-${name}`].filter(
    text => JSON.stringify(oddity).includes(named(text)) || JSON.stringify(oddity).includes(text),
  )
  if (names.length === 0) return oddity
  const files = Object.fromEntries(names.map(text => [text, `I am ${text}`]))
  return { ...oddity, files: { ...(more['files'] as Form), ...files } }
}
const named = (text: string): string => Buffer.from(text, 'latin1').toString('hex')

const both = (draw: Random, name: string, index: number): Form =>
  joined(
    { ...lease(draw, name, index, file(draw, name)), role: 'both' },
    draw.chance(0.5)
      ? { options: { 43: hex(one(draw, CONTROL)(draw)) } }
      : { boot4011: one(draw, ['alive', 'dead', 'closed']), ...maybe(draw, 0.5, () => reply(draw, name)) },
  )

/** Option 43 of a complete offer: discovery control in every value, alone or with what it speaks of. */
const CONTROL: readonly ((draw: Random) => string)[] = [
  () => '06 01 08 ff',
  () => '06 01 08',
  draw => `06 01 ${byte(draw.below(16))} ff`,
  draw => `06 01 ${byte(8 + draw.below(8))} ff`,
  draw => `06 01 ${byte(8 + draw.below(8))} 08 07 00 00 01 0a 07 00 0b ff`,
  () => '01 04 00 00 00 00 06 01 08 ff',
  () => '06 02 08 08 ff',
  () => '06 00 ff',
  () => '00 00 06 01 08 00 ff',
  () => '06 01 08 ff 06 01 03',
  () => '47 04 00 00 00 00 ff',
  () => 'ff 06 01 08',
]

const byte = (value: number): string => value.toString(16).padStart(2, '0')

const ODD_PROXY: readonly ((draw: Random, name: string) => Form)[] = [
  () => ({ omit: [54] }),
  () => ({ omit: [97] }),
  () => ({ omit: [60] }),
  draw => ({ options: { 54: one(draw, ['10.7.0.11', '0.0.0.0']) } }),
  draw => ({
    options: { 60: one(draw, ['PXEClient:Arch:00007:UNDI:003000', 'PXEClien', 'HTTPClient', '\0']) },
  }),
  draw => ({ options: { 97: hex(one(draw, ['00', '', '00 11 22 33'])) } }),
  () => ({ options: { 51: 3600 } }),
  () => ({ options: { 1: '255.255.0.0', 3: '10.99.0.1' } }),
  (_, name) => ({ options: { 67: textHex(`o67-${name}`, 0) } }),
  (_, name) => ({ options: { 67: textHex(`o67-${name}`) } }),
  draw => ({ options: { 66: one(draw, ['10.7.0.11', 'no.such.host']) } }),
  () => ({ options: { 13: hex('00') } }),
  () => ({ options: { 15: hex('') } }),
  draw => ({ ipxe: { priority: one(draw, [-1, 1, 20]) } }),
  () => ({ malformed: 'no-end' }),
  () => ({ overload: { file: [67] } }),
  draw => ({ minimumSecs: one(draw, [2, 4, 8]) }),
  () => ({ options: { 53: hex('05') } }),
  () => ({ options: { 52: hex('03') } }),
  draw => ({ options: { [one(draw, [6, 12, 42, 128, 255 - 1])]: hex(one(draw, ['', '00', '0a 07 00'])) } }),
  (draw, name) => ({
    also: [
      {
        role: 'proxy',
        delay: '320ms',
        bootFile: `boot-${name}`,
        options: { 43: hex(one(draw, CONTROL)(draw)) },
      },
    ],
  }),
]

const proxy = (draw: Random, name: string, index: number): Form => {
  const more = { ...file(draw, name), options: { 43: hex(one(draw, CONTROL)(draw)) } }
  return joined(
    joined({ ...common(draw, index), role: 'proxy' }, more),
    namesOf(odd(draw, name, ODD_PROXY), more, name),
  )
}

const reply = (draw: Random, name: string): Form => ({
  reply: {
    bootFile: `re-${name}`,
    ...maybe(draw, 0.2, () => ({ serverIdentifier: one(draw, ['10.7.0.200', '10.7.0.11']) })),
    ...maybe(draw, 0.2, () => ({ nextServer: one(draw, ['0.0.0.0', '10.7.0.11']) })),
    ...maybe(draw, 0.2, () => ({ delay: one(draw, ['300ms', '1500ms', '2500ms']) })),
    ...maybe(draw, 0.3, () => ({
      options: one<Form>(draw, [
        { 43: hex('06 01 08 ff') },
        { 43: hex('47 04 00 00 00 00 ff') },
        { 60: 'HTTPClient' },
        { 67: textHex(`re-${name}`) },
        { 15: hex('') },
      ]),
    })),
  },
})

const asked = (draw: Random, name: string, index: number): Form => {
  const own = draw.chance(0.4) ? file(draw, name) : {}
  const answered = draw.chance(0.7) ? reply(draw, name) : { bootFile: `boot-${name}` }
  const files = {
    [`boot-${name}`]: `I am boot-${name}`,
    [`re-${name}`]: `I am re-${name}`,
    ...(own['files'] as Form),
  }
  return joined(
    {
      ...common(draw, index),
      role: 'proxy',
      boot4011: one(draw, ['alive', 'alive', 'dead', 'closed']),
      ...own,
      ...answered,
      files,
    },
    namesOf(odd(draw, name, ODD_PROXY), { files }, name),
  )
}

/** A menu as bytes: control, servers, entries and prompt, each in its variations; its servers are itself, another, nobody. */
const menu = (draw: Random, name: string, index: number): Form => {
  const control = `06 01 ${byte(one(draw, [0, 1, 2, 3, 4, 5, 6, 7, 8, 11]))}`
  const type = one(draw, ['00 05', '00 01', '80 02'])
  const address = one(draw, [hostOf(index), '10.7.0.11', '10.7.0.210'])
  const servers = one(draw, [
    '',
    `08 07 ${type} 01 ${ipHex(address)}`,
    `08 0b ${type} 02 ${ipHex('10.7.0.210')} ${ipHex(address)}`,
    `08 03 ${type} 00`,
  ])
  const local = '00 00 05 4c 6f 63 61 6c'
  const entry = `${type} 03 4c 61 62`
  const entries = one(draw, [entry, `${entry} 00 06 03 54 77 6f`, `${local} ${entry}`, `${entry} ${local}`])
  const menuText = `09 ${byte(entries.split(' ').length)} ${entries}`
  const prompt = one(draw, ['0a 04 00 50 58 45', '0a 04 02 50 58 45', '0a 01 00', ''])
  const group = draw.chance(0.2) ? '07 04 e0 00 01 02' : ''
  const end = draw.chance(0.9) ? 'ff' : ''
  return joined(
    {
      ...common(draw, index),
      role: 'proxy',
      boot4011: one(draw, ['alive', 'dead', 'closed']),
      ...maybe(draw, 0.3, () => ({ bootFile: `boot-${name}` })),
      options: {
        43: hex([control, group, servers, menuText, prompt, end].filter(part => part !== '').join(' ')),
      },
      discovery: {
        types: [1, 5, 0x8002],
        bootFile: `di-${name}`,
        broadcast: draw.chance(0.7),
        unicast: draw.chance(0.8),
        ...maybe(draw, 0.5, () => ({ group: '224.0.1.2' })),
        ...maybe(draw, 0.15, () => ({ nextServer: '0.0.0.0' })),
      },
      files: { [`boot-${name}`]: `I am boot-${name}`, [`di-${name}`]: `I am di-${name}` },
    },
    draw.chance(0.2) ? odd(draw, name, ODD_PROXY) : {},
  )
}

const ipHex = (ip: string): string =>
  ip
    .split('.')
    .map(part => byte(Number(part)))
    .join(' ')
