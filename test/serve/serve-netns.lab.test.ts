/**
 * The program `nbs serve` at the real ports, on networks of namespaces: beside the DHCP servers people use, whose
 * clients must not be harmed; as a second PXE server; on two networks at once.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { tried } from '../../src/network/kernel/acceleration.ts'
import { libc } from '../../src/network/kernel/libc.ts'
import { requireProgram } from '../lab.ts'
import { type Namespaces, namespaces } from './netns.ts'
import { NBS, startProgram, stopped } from './serve-lab.ts'

const folder = mkdtempSync(join(tmpdir(), 'nbs-netns-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const X64 = 'BStrap/x64/BStrap.efi'

/** Starts a program of others; resolves with what it has said when it says what is waited for. */
const start = async (t: Test, command: readonly string[], upWhen: RegExp, env = {}): Promise<string> => {
  const [program, ...words] = command
  const child = spawn(program!, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  t.teardown(() => stopped(child))
  const said: string[] = []
  await new Promise<void>((up, failed) => {
    for (const input of [child.stdout, child.stderr])
      createInterface({ input }).on('line', line => {
        said.push(line)
        if (upWhen.test(line)) up()
      })
    child.on('error', failed)
    child.on('exit', () => failed(new Error(said.join('\n'))))
  })
  return said.join('\n')
}

const DHCP = '10.77.0.3'
const POOL = ['10.77.0.100', '10.77.0.150'] as const

/** DHCP servers of others, each told to lease the same pool. */
const DHCP_SERVERS: Readonly<Record<string, (t: Test, net: Namespaces) => Promise<string>>> = {
  dnsmasq: (t, net) =>
    start(
      t,
      net.within('dhcp', 'dnsmasq', '--no-daemon', '--conf-file=/dev/null', '--port=0', '--user=root', '--interface=lan', '--bind-interfaces', '--dhcp-authoritative', '--leasefile-ro', '--no-ping', `--dhcp-range=${POOL.join()},1h`), // prettier-ignore
      /DHCP, IP range/,
    ),
  // By its path: the npm package brings a program of that name, which npm puts first.
  '/usr/sbin/dhcpd': (t, net) => {
    const at = join(folder, 'dhcpd')
    mkdirSync(at)
    writeFileSync(join(at, 'leases'), '')
    writeFileSync(
      join(at, 'conf'),
      `authoritative;\nsubnet 10.77.0.0 netmask 255.255.255.0 { range ${POOL.join(' ')}; }\n`,
    )
    return start(
      t,
      net.within('dhcp', '/usr/sbin/dhcpd', '-4', '-f', '-d', '--no-pid', '-cf', join(at, 'conf'), '-lf', join(at, 'leases'), 'lan'), // prettier-ignore
      /Server starting service/,
    )
  },
  'kea-dhcp4': (t, net) => {
    const config = join(folder, 'kea.json')
    writeFileSync(
      config,
      JSON.stringify({
        Dhcp4: {
          'interfaces-config': { interfaces: ['lan'] },
          'lease-database': { type: 'memfile', persist: false },
          'valid-lifetime': 3_600,
          subnet4: [{ id: 1, subnet: '10.77.0.0/24', pools: [{ pool: POOL.join('-') }] }],
          loggers: [{ name: 'kea-dhcp4', output_options: [{ output: 'stdout' }], severity: 'INFO' }],
        },
      }),
    )
    return start(t, net.within('dhcp', 'kea-dhcp4', '-c', config), /DHCP4_STARTED/, {
      KEA_LOCKFILE_DIR: folder,
      KEA_PIDFILE_DIR: folder,
      KEA_LOGGER_DESTINATION: 'stdout',
    })
  },
}

/** DHCP clients of others; each prints which address it got from whom. */
const DHCP_CLIENTS: Readonly<Record<string, { readonly command: string[]; readonly got: RegExp }>> = {
  udhcpc: {
    command: ['busybox', 'udhcpc', '-f', '-n', '-q', '-i', 'lan', '-s', '/bin/true'],
    got: /lease of 10\.77\.0\.1\d\d obtained from 10\.77\.0\.3/,
  },
  dhclient: {
    // Its own files keep it from those of this machine.
    command: ['dhclient', '-4', '-d', '-1', '-v', '-sf', '/bin/true', '-lf', join(folder, 'dhclient'), '-pf', join(folder, 'dhclient.pid'), 'lan'], // prettier-ignore
    got: /DHCPACK of 10\.77\.0\.1\d\d from 10\.77\.0\.3/,
  },
}

const offersTo = async (net: Namespaces, host: string, mac = '00:50:56:00:00:01'): Promise<unknown> =>
  JSON.parse((await net.on(host, process.execPath, '.build/test/serve/netns-client.js', mac)).stdout)
const fromNbs = (address: string) => ({
  from: `${address}:67`,
  file: X64,
  siaddr: address,
  leases: false,
  self: address,
})

for (const [name, startDhcp] of Object.entries(DHCP_SERVERS))
  t.test(`beside ${name}`, async t => {
    if (!requireProgram(t, name)) return
    const net = namespaces(t, {
      server: { lan: '10.77.0.1' },
      dhcp: { lan: DHCP },
      client: { lan: '10.77.0.2' },
    })
    if (!net) return
    await startDhcp(t, net)
    const nbs = await net.serve('server', '--interface', 'lan')
    t.equal(nbs.status, undefined, nbs.lines.join('\n'))
    t.match(nbs.lines.join('\n'), /found a DHCP server: 10\.77\.0\.3 offers address 10\.77\.0\.1\d\d/)
    t.match(await offersTo(net, 'client'), [
      fromNbs('10.77.0.1'),
      { from: `${DHCP}:67`, leases: true, self: DHCP },
    ])
    for (const [client, { command, got }] of Object.entries(DHCP_CLIENTS)) {
      if (!requireProgram(t, command[0]!)) continue
      const said = await start(t, net.within('client', ...command), got)
      t.match(said, got, client)
      t.notMatch(said, /10\.77\.0\.1(?!\d)/, `${client} does not hear of us`)
    }
    await stopped(nbs.child)
  })

t.test('a file by curl, and dnsmasq as a rival', async t => {
  const net = namespaces(t, { server: { lan: '10.77.0.1' }, client: { lan: '10.77.0.2' } })
  if (!net) return
  const nbs = await net.serve('server', '--interface', 'lan', '--beside-others')
  t.equal(nbs.status, undefined, nbs.lines.join('\n'))
  t.strictSame(await offersTo(net, 'client'), [fromNbs('10.77.0.1')])
  if (requireProgram(t, 'curl')) {
    const got = join(folder, 'got')
    await net.on('client', 'curl', '-sS', '-m', '20', '-o', got, `tftp://10.77.0.1/${X64}`)
    t.ok(readFileSync(got).equals(readFileSync(`boot-images/${X64}`)))
  }
  await stopped(nbs.child)

  if (!requireProgram(t, 'dnsmasq')) return
  const rival = ['dnsmasq', '--no-daemon', '--conf-file=/dev/null', '--port=0', '--user=root', '--interface=lan', '--bind-interfaces', '--dhcp-range=10.77.0.0,proxy', '--pxe-service=x86PC,Rival,rival'] // prettier-ignore
  await start(t, net.within('client', ...rival), /DHCP, proxy/)
  const refused = await net.serve('server', '--interface', 'lan')
  t.equal(refused.status, 2)
  t.match(refused.lines.join('\n'), /another PXE server answers.*\n {2}10\.77\.0\.2 offers menu "Rival"/)
  const beside = await net.serve('server', '--interface', 'lan', '--beside-others')
  t.equal(beside.lines.at(-1), 'ready')
})

t.test('windows of blocks that do not fit the link, by each way to send', async t => {
  if (!requireProgram(t, 'atftp') || !requireProgram(t, 'curl')) return
  const net = namespaces(t, { server: { lan: '10.77.0.1' }, client: { lan: '10.77.0.2' } })
  if (!net) return
  const images = join(folder, 'wide')
  mkdirSync(images)
  const content = Uint8Array.from({ length: 3 * 1024 * 1024 + 5 }, (_, i) => i * 7 + (i >> 9))
  writeFileSync(join(images, 'big.bin'), content)
  const config = join(folder, 'wide.yaml')
  writeFileSync(config, 'http: { port: 8080, address: 10.77.0.1 }\n')
  const ways = { io_uring: '', epoll: 'NBS_NO_IO_URING=1', dgram: 'NBS_NO_ACCELERATION=1' } as const
  for (const way of ['io_uring', 'epoll', 'dgram'] as const) {
    const setting = ways[way]
    if (way !== 'dgram' && !tried(libc(), way)) {
      t.pass(way, { skip: `this machine has no ${way}` })
      continue
    }
    const words = [config, '--interface', 'lan', '--beside-others', '--images', images]
    const nbs = await startProgram(t, net.within('server', 'env', ...(setting ? [setting] : []), ...NBS, 'serve', '--user', 'root', ...words)) // prettier-ignore
    t.equal(nbs.lines.at(-1), 'ready', way)
    const { stdout } = await net.on('client', 'curl', '-sS', 'http://10.77.0.1:8080/metrics')
    t.match(stdout, `nbs_udp_accelerated{by="${way}"}`)
    // The link takes 1500 bytes: such a run is refused, and its blocks are cut into fragments one by one.
    for (const [blockSize, window] of [
      [8_192, 4],
      [1_468, 32],
      [1_428, 7],
    ] as const) {
      // prettier-ignore
      const got = join(folder, `wide-${way}-${blockSize}`)
      const wishes = ['--option', `blksize ${blockSize}`, '--option', `windowsize ${window}`]
      await net.on('client', 'atftp', ...wishes, '--get', '-l', got, '-r', 'big.bin', '10.77.0.1')
      t.ok(readFileSync(got).equals(content), `${way}: ${window} blocks of ${blockSize} bytes`)
    }
    await stopped(nbs.child)
  }
})

t.test('on the host of a DHCP server, which has port 67', async t => {
  if (!requireProgram(t, 'dnsmasq')) return
  const net = namespaces(t, { dhcp: { lan: DHCP }, client: { lan: '10.77.0.2' } })
  if (!net) return
  await DHCP_SERVERS['dnsmasq']!(t, net)
  const refused = await net.serve('dhcp', '--interface', 'lan', '--beside-others')
  t.equal(refused.status, 1, 'the unit tries again')
  t.match(refused.lines.join('\n'), /UDP .*:67 is taken by another program.*proxyDhcp: false/)
  const config = join(folder, 'beside.yaml')
  writeFileSync(config, 'proxyDhcp: false\n')
  const nbs = await net.serve('dhcp', config, '--interface', 'lan', '--beside-others')
  t.equal(nbs.status, undefined, nbs.lines.join('\n'))
  t.match(await offersTo(net, 'client'), [{ from: `${DHCP}:67`, leases: true, file: '' }])
  const got = join(folder, 'got-beside')
  await net.on('client', 'curl', '-sS', '-m', '20', '-o', got, `tftp://${DHCP}/${X64}`)
  t.ok(readFileSync(got).equals(readFileSync(`boot-images/${X64}`)))
})

t.test('two networks: each is answered from its own address', async t => {
  const net = namespaces(t, {
    server: { lan: '10.77.0.1', other: '10.78.0.1' },
    client: { lan: '10.77.0.2' },
    far: { other: '10.78.0.2' },
  })
  if (!net) return
  const nbs = await net.serve('server', '--interface', 'lan', '--interface', 'other', '--beside-others')
  t.equal(nbs.status, undefined, nbs.lines.join('\n'))
  t.strictSame(await offersTo(net, 'client'), [fromNbs('10.77.0.1')])
  t.strictSame(await offersTo(net, 'far', '00:50:56:00:00:02'), [fromNbs('10.78.0.1')])
  if (!requireProgram(t, 'atftp')) return
  for (const [host, server] of [
    ['client', '10.77.0.1'],
    ['far', '10.78.0.1'],
    ['client', '10.78.0.1'],
  ] as const) {
    // prettier-ignore
    const got = join(folder, `${host}-${server}`)
    // It takes answers only from the address it asked, also from the one on the far side.
    await net.on(host, 'atftp', '--get', '-l', got, '-r', X64, server)
    t.ok(readFileSync(got).equals(readFileSync(`boot-images/${X64}`)), `${host} from ${server}`)
  }
})

t.test('DHCP servers that also name boot files, and first ping what they offer', async t => {
  if (!requireProgram(t, 'dnsmasq')) return
  const dnsmasq = ['dnsmasq', '--no-daemon', '--conf-file=/dev/null', '--port=0', '--user=root', '--interface=lan', '--bind-interfaces', '--leasefile-ro', `--dhcp-range=${POOL.join()},1h`] // prettier-ignore
  const beside = async (...more: string[]) => {
    const net = namespaces(t, { server: { lan: '10.77.0.1' }, dhcp: { lan: DHCP } })
    if (!net) return undefined
    await start(t, net.within('dhcp', ...dnsmasq, ...more), /DHCP, IP range/)
    const { status, lines } = await net.serve('server', '--interface', 'lan')
    return { status, said: lines.join('\n') }
  }
  const warned = await beside('--dhcp-boot=pxelinux.0')
  if (!warned) return
  t.equal(warned.status, undefined, warned.said)
  t.match(
    warned.said,
    /"level":40.*10\.77\.0\.3 offers address 10\S+, file pxelinux\.0.*remove its boot file/,
  )
  const refused = await beside('--pxe-service=x86-64_EFI,Rival,rival')
  t.equal(refused?.status, 2)
  t.match(refused?.said, /another PXE server answers.*\n {2}10\.77\.0\.3 offers address 10/)
})
