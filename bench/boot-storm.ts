/**
 * The load of the simulator's benchmarks: own DHCP server, NBS and EDK2 machines that all start within ten seconds,
 * each of which fetches a 64 KiB boot file; every packet is simulated, nobody looks at any. Does not keep time over
 * several runs.
 */
import process from 'node:process'
import type { Run } from '../src/simulation/run.ts'
import { uefiProgram } from './boot-files.ts'
import type { Simulator } from './trees.ts'

export const BOOT_FILE_SIZE = 64 * 1024

export interface Storm {
  readonly seconds: number
  /** Of all threads: where others use the machine, this is the steadier figure. */
  readonly cpuSeconds: number
  readonly frames: number
}

/** Ready to run, as often as wanted; each run is the same. */
export const bootStorm = (simulator: Simulator, machines: number): (() => Storm) => {
  const images = simulator.memoryImages({
    'BStrap/x64/BStrap.efi': uefiProgram(BOOT_FILE_SIZE),
  })
  const surroundings = { version: 'bench', hashOf: () => '', imagesOf: () => images }
  const loaded = simulator.loadScenario(textOf(machines), { file: 'bench.yaml' })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  const { scenario } = loaded
  // The last run stays in memory: where nothing is left of what compiled code was made for, a collection throws the code away.
  let last: Run | undefined
  return () => {
    const cpu = process.cpuUsage()
    const start = process.hrtime.bigint()
    last = simulator.runScenario(scenario, surroundings, { observed: false })
    const seconds = Number(process.hrtime.bigint() - start) / 1e9
    const { user, system } = process.cpuUsage(cpu)
    const complete = last.result.clients.filter(
      ({ outcome, bytes }) => outcome === 'booted' && bytes === BOOT_FILE_SIZE,
    ).length
    if (complete !== machines) throw new Error(`only ${complete} of ${machines} machines booted`)
    return { seconds, cpuSeconds: (user + system) / 1e6, frames: last.frames }
  }
}

const textOf = (machines: number): string => `title: bench
limit: 600s
subnets: { lan: { cidr: 10.0.0.0/16 } }
notificationServers: { ns: { unknown: { boot: pxe, image: WinPE } } }
servers:
  dhcp: { kind: dhcp, on: lan, address: 10.0.0.2, pool: 10.0.1.0-10.0.200.254 }
  nbs: { kind: nbs, on: lan, address: 10.0.0.5, notificationServer: ns }
clients: { pc: { count: ${machines}, on: lan, firmware: edk2, mac: '00:50:56:00:00:01', powerOn: 0s..10s } }
`
