/**
 * A live capture by a program that has the right to make one: dumpcap or tcpdump as a child process. When it ends, as
 * with its interface, it is started again, ever more slowly. Does not read what is captured.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { kernelInterfaces } from '../network/kernel/network.ts'
import { formatIp4 } from '../core/address.ts'
import { EXIT, UsageError } from '../core/exit.ts'

/** Of what the program says on standard error, the end is kept, in characters. */
const MAX_CHILD_TEXT = 4_096

const FIRST_PAUSE_SECONDS = 1
const LONGEST_PAUSE_SECONDS = 60
/** A capture that ran for so long was well; the next pause is a short one again. */
const WELL_MILLIS = 60_000

/**
 * DHCP, proxyDHCP, boot servers; TFTP by its opcodes, since its data goes between two ports of no service; fragments;
 * who has which address; what is unreachable. Tagged frames as well.
 */
const PLAIN_FILTER =
  'udp port 67 or udp port 68 or udp port 4011 or udp port 69 or (udp and udp[8:2] > 0 and udp[8:2] < 7) or (ip[6:2] & 0x3fff != 0) or arp or icmp'
export const CAPTURE_FILTER = `${PLAIN_FILTER} or (vlan and (${PLAIN_FILTER}))`

interface CaptureProgram {
  readonly name: string
  readonly words: (iface: string) => readonly string[]
}

const PROGRAMS: readonly CaptureProgram[] = [
  { name: 'dumpcap', words: iface => ['-q', '-i', iface, '-s', '0', '-f', CAPTURE_FILTER, '-w', '-'] },
  {
    name: 'tcpdump',
    words: iface => ['-i', iface, '-s', '0', '-n', '-U', '--immediate-mode', '-w', '-', CAPTURE_FILTER],
  },
]

export interface CaptureListener {
  begins(program: string): void
  /** A new stream follows each beginning. */
  bytes(chunk: Uint8Array): void
  lost(why: string, retrySeconds: number): void
}

export interface LiveCapture {
  /** Resolves when it was begun for the first time; rejects with `UsageError` if it cannot be. */
  readonly ready: Promise<void>
  stop(): void
}

export const captureLive = (iface: string, listener: CaptureListener): LiveCapture => {
  let child: ChildProcess | undefined
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let pauseSeconds = FIRST_PAUSE_SECONDS

  const attempt = (): Promise<void> =>
    new Promise((begun, failed) => {
      let beganAt: number | undefined
      startFirst(iface, {
        started: running => void (child = running),
        begins: program => {
          beganAt = performance.now()
          listener.begins(program)
          begun()
        },
        bytes: chunk => listener.bytes(chunk),
        ended: why => {
          if (stopped) return begun()
          if (beganAt === undefined) return failed(startError(iface, why))
          if (performance.now() - beganAt >= WELL_MILLIS) pauseSeconds = FIRST_PAUSE_SECONDS
          again(why)
        },
      })
    })

  const again = (why: string): void => {
    listener.lost(why, pauseSeconds)
    timer = setTimeout(() => {
      attempt().catch((error: Error) => void (stopped || again(error.message.split('\n')[0]!)))
    }, pauseSeconds * 1000)
    pauseSeconds = Math.min(2 * pauseSeconds, LONGEST_PAUSE_SECONDS)
  }

  return {
    ready: attempt(),
    stop: () => {
      stopped = true
      clearTimeout(timer)
      child?.kill()
    },
  }
}

interface ChildListener {
  started(child: ChildProcess): void
  begins(program: string): void
  bytes(chunk: Uint8Array): void
  /** What the program said last. */
  ended(why: string): void
}

/** The first program that is here and may be run. */
const startFirst = (iface: string, listener: ChildListener, programs = PROGRAMS): void => {
  const [program, ...others] = programs
  if (!program) return listener.ended(NO_PROGRAM)
  const child = spawn(program.name, program.words(iface), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  })
  let said = ''
  let hasBegun = false
  const begin = (): void => {
    if (hasBegun) return
    hasBegun = true
    listener.begins(program.name)
  }
  child.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'EACCES') startFirst(iface, listener, others)
    else listener.ended(error.message)
  })
  child.on('spawn', () => listener.started(child))
  child.stdout.on('data', (chunk: Buffer) => {
    begin()
    listener.bytes(chunk)
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('latin1')).slice(-MAX_CHILD_TEXT)
    if (/listening on|^File: |\nFile: /.test(said)) begin()
  })
  child.on('close', code => void (child.pid !== undefined && listener.ended(lastLine(said, program, code))))
}

const NO_PROGRAM = 'no capture program'

const lastLine = (said: string, { name }: CaptureProgram, code: number | null): string => {
  const lines = said.split('\n').filter(line => /\S/.test(line) && !/^(File: |Packets )/.test(line))
  const telling = lines.findLast(line => /permi|device|interface|down|error/i.test(line))
  return `${name}: ${(telling ?? lines.at(-1) ?? `ended with status ${code}`).replace(`${name}: `, '').trim()}`
}

const startError = (iface: string, why: string): UsageError => {
  if (why === NO_PROGRAM)
    return new UsageError(
      [
        'a live capture needs dumpcap or tcpdump, and neither is here or may be run. Try one of these:',
        '  sudo apt-get install tcpdump        then run nbs watch as root',
        '  sudo apt-get install tshark         brings dumpcap, which members of group wireshark may run',
      ],
      EXIT.missing,
    )
  if (/permission|permitted/i.test(why))
    return new UsageError(
      [
        `no right to capture on ${iface} (${why}). Try one of these:`,
        '  sudo dpkg-reconfigure wireshark-common; sudo usermod -aG wireshark "$USER"    and log in again: dumpcap without root',
        '  sudo setcap cap_net_raw,cap_net_admin=eip "$(command -v dumpcap)"             gives dumpcap the right',
        '  sudo nbs watch …                                                              runs it as root',
        `  sudo tcpdump -i ${iface} -s 0 -U -w - 'udp or icmp or arp' | nbs watch --read -   captures as root only`,
      ],
      EXIT.missing,
    )
  const names = kernelInterfaces().map(({ name, address }) => `${name} (${formatIp4(address.ip)})`)
  return new UsageError(`cannot capture on ${iface}: ${why}. There is ${names.join(', ') || 'no interface'}`)
}
