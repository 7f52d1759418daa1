/**
 * Networks at random for predictions: one DHCP server, fast, slow or behind a ping, and up to two proxies, complete,
 * redirecting or late, with port 4011 and TFTP in every condition. Same number, same network. Runs nothing.
 */
import { formatIp4, toIp4 } from '../../../src/core/address.ts'
import { type Random, random } from '../../../src/core/random.ts'

export interface Firmware {
  readonly firmware: string
  readonly profile?: string
  readonly arch: string
}

export const FIRMWARE: readonly Firmware[] = [
  { firmware: 'edk2', arch: 'x64-uefi' },
  { firmware: 'ipxe', arch: 'x86-bios' },
  { firmware: 'ipxe', profile: '2019-ra', arch: 'x86-bios' },
  { firmware: 'ipxe', arch: 'x64-uefi' },
  { firmware: 'bios-rom', arch: 'x86-bios' },
  { firmware: 'u-boot', arch: 'x64-uefi' },
]

/** As YAML takes it. */
export const network = (seed: number, machine: Firmware): string => {
  const draw = random(seed).fork('prediction')
  const proxies = ['p1', 'p2'].slice(0, draw.between(0, 2))
  return JSON.stringify({
    title: `generated ${seed}`,
    seed,
    limit: '150s',
    subnets: { lan: { cidr: '10.7.0.0/24' } },
    servers: Object.fromEntries([
      ['d', dhcp(draw)],
      ...proxies.map((name, i) => [name, proxy(draw, formatIp4(toIp4(0x0a070015 + i)), name)] as const),
    ]),
    clients: { pc: { on: 'lan', powerOn: '1s', ...machine } },
    ...(proxies.length > 0 && draw.chance(0.2)
      ? {
          faults: [
            { at: '0s', stop: 'p1' },
            { at: `${draw.between(2, 9)}s`, start: 'p1' },
          ],
        }
      : {}),
  })
}

const one = <T>(draw: Random, values: readonly T[]): T => values[draw.below(values.length)]!

const TFTP = ['on', 'on', 'on', 'off', 'no-options', 'raises-blksize', 'silent'] as const

const filesOf = (draw: Random, name: string) => (draw.chance(0.8) ? { [name]: `I am ${name}` } : {})

const dhcp = (draw: Random) => ({
  kind: 'foreign',
  on: 'lan',
  address: '10.7.0.1',
  pool: '10.7.0.101-10.7.0.110',
  delay: one(draw, ['300us', '20ms', '700ms', '3s', '5s']),
  ackDelay: one(draw, ['300us', '20ms']),
  ...one<() => object>(draw, [
    () => ({ role: 'dhcp' }),
    () => ({ role: 'dhcp', bootFile: 'boot-d', tftp: one(draw, TFTP), files: filesOf(draw, 'boot-d') }),
    () => ({
      role: 'both',
      boot4011: one(draw, ['alive', 'dead', 'closed']),
      bootFile: 'boot-d',
      tftp: one(draw, TFTP),
      files: filesOf(draw, 'boot-d'),
    }),
  ])(),
})

const proxy = (draw: Random, address: string, name: string) => ({
  kind: 'foreign',
  role: 'proxy',
  on: 'lan',
  address,
  nextServer: address,
  delay: one(draw, ['400us', '1ms', '30ms', '300ms', '1200ms', '2500ms']),
  ackDelay: one(draw, ['500us', '40ms']),
  ...(draw.chance(0.15) && { minimumSecs: draw.between(1, 6) }),
  ...(draw.chance(0.5)
    ? { bootFile: `boot-${name}`, options: { vendorSpecific: { discoveryControl: 8 } } }
    : { boot4011: one(draw, ['alive', 'alive', 'dead', 'closed']), reply: { bootFile: `boot-${name}` } }),
  tftp: one(draw, TFTP),
  files: filesOf(draw, `boot-${name}`),
})
