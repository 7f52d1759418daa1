/**
 * Hard cases at random, from the dimensions of what real networks had: several responders of every kind, odd options,
 * broken TFTP, switches, relays, weather, faults, every firmware. Same number, same case. Runs nothing.
 */
import { type Random, random } from '../../../src/core/random.ts'

type Form = Readonly<Record<string, unknown>>

/** As YAML takes it. */
export const hardCase = (seed: number): string => {
  const draw = random(seed).fork('hard')
  const isRelayed = draw.chance(0.25)
  const on = isRelayed ? 'servers' : 'lan'
  const net = isRelayed ? '10.9.0' : '10.7.0'
  const servers: Record<string, Form> = { d: dhcp(draw, on, `${net}.2`) }
  const count = draw.below(4)
  for (let i = 0; i < count; i++) servers[`s${i}`] = another(draw, on, `${net}.${20 + i}`, i)
  return JSON.stringify({
    title: `hard ${seed}`,
    seed,
    limit: '240s',
    ...(draw.chance(0.3) && { arp: 'cold' }),
    subnets: {
      lan: {
        cidr: '10.7.0.0/24',
        ...(draw.chance(0.2) && { link: weather(draw) }),
        ...(draw.chance(0.2) && { switch: switchRules(draw) }),
      },
      ...(isRelayed && { servers: { cidr: '10.9.0.0/24' } }),
    },
    ...(isRelayed && {
      routers: { r1: { joins: ['lan', 'servers'], relay: { lan: Object.keys(servers) } } },
    }),
    servers,
    clients: {
      a: { on: 'lan', powerOn: `${draw.below(3)}s`, count: draw.between(1, 3), ...machine(draw) },
      b: { on: 'lan', powerOn: '5s', ...machine(draw) },
    },
    ...(draw.chance(0.25) && {
      faults: [
        { at: `${draw.between(0, 9)}s`, stop: one(draw, Object.keys(servers)) },
        ...(draw.chance(0.5)
          ? [
              { at: '20s', cut: 'lan' },
              { at: '30s', heal: 'lan' },
            ]
          : []),
      ],
    }),
  })
}

const one = <T>(draw: Random, values: readonly T[]): T => values[draw.below(values.length)]!
/** With this probability the field is there. */
const maybe = (draw: Random, share: number, form: () => Form): Form => (draw.chance(share) ? form() : {})

const machine = (draw: Random): Form =>
  one<Form>(draw, [
    { firmware: 'edk2' },
    { firmware: 'edk2', arch: 'arm64-uefi' },
    { firmware: 'ipxe' },
    { firmware: 'ipxe', profile: '2019-ra' },
    { firmware: 'ipxe', arch: 'x64-uefi' },
    { firmware: 'bios-rom' },
    { firmware: 'u-boot', arch: 'arm64-uefi' },
  ])

const weather = (draw: Random): Form => ({
  loss: one(draw, [0, 0.02, 0.2]),
  duplicate: one(draw, [0, 0.2]),
  jitter: one(draw, ['0ms', '5ms']),
  corrupt: one(draw, [0, 0.02]),
})

const switchRules = (draw: Random): Form => ({
  ...maybe(draw, 0.5, () => ({ forwardingDelay: one(draw, ['2s', '15s', '31s']) })),
  ...maybe(draw, 0.3, () => ({ dropAbove: one(draw, [600, 1300, 1450]) })),
  ...maybe(draw, 0.3, () => ({ trusted: one(draw, [['d'], ['s0'], []]) })),
})

const TFTP = ['on', 'on', 'off', 'silent', 'closed', 'no-options', 'raises-blksize'] as const
const FILES = [
  'boot.0',
  'BStrap/x64/BStrap.efi',
  'boot.ipxe',
  'http://10.7.0.2/x.efi',
  'with%percent',
  'grub/grubaa64.efi',
]

const fileFields = (draw: Random): Form => {
  const bootFile = one(draw, FILES)
  return {
    bootFile,
    tftp: one(draw, TFTP),
    ...maybe(draw, 0.7, () => ({
      files: {
        [bootFile.replace(/^http:.*\//, '')]: one<string | number>(draw, ['#!ipxe', 0, 1, 512, 40_000]),
      },
    })),
  }
}

const dhcp = (draw: Random, on: string, address: string): Form => ({
  kind: 'foreign',
  on,
  address,
  role: one(draw, ['dhcp', 'dhcp', 'both']),
  pool: one(draw, ['10.7.0.100-10.7.0.110', '10.7.0.100-10.7.0.100']),
  ...maybe(draw, 0.5, () => ({ delay: one(draw, ['1ms', '3s', '9s', '0ms..20ms']) })),
  ...maybe(draw, 0.5, () => fileFields(draw)),
  ...maybe(draw, 0.2, () => ({ options: { 3: one(draw, ['10.7.0.1', '10.99.0.1', '10.7.0.255']) } })),
  ...maybe(draw, 0.2, () => ({
    answers: one(draw, ['offer-only', 'nak', 'nak-others', 'ack-others', 'silent']),
  })),
  ...maybe(draw, 0.15, () => ({ malformed: one(draw, ['no-end', 'bad-length-51']) })),
  ...maybe(draw, 0.15, () => ({ omit: [one(draw, [1, 51, 54])] })),
  ...maybe(draw, 0.2, () => ({ repeat: one(draw, [2, 20]) })),
  ...maybe(draw, 0.2, () => ({ unicast: one(draw, ['offer', 'ack']) })),
})

const another = (draw: Random, on: string, address: string, index: number): Form =>
  draw.chance(0.3)
    ? { ...dhcp(draw, on, address), pool: `10.7.0.${150 + 10 * index}-10.7.0.${155 + 10 * index}` }
    : {
        kind: 'foreign',
        role: 'proxy',
        on,
        address,
        nextServer: one(draw, [address, '10.7.0.77']),
        ...maybe(draw, 0.6, () => ({ delay: one(draw, ['1ms', '30ms', '2500ms', '9s']) })),
        ...(draw.chance(0.5)
          ? { ...fileFields(draw), options: { vendorSpecific: { discoveryControl: 8 } } }
          : {
              boot4011: one(draw, ['alive', 'dead', 'closed']),
              reply: { bootFile: one(draw, FILES) },
              tftp: one(draw, TFTP),
            }),
        ...maybe(draw, 0.2, () => ({ minimumSecs: draw.between(1, 8) })),
        ...maybe(draw, 0.15, () => ({ malformed: 'no-end' })),
      }
