/**
 * `npm run bench:site`: one deployment wave over a site, 1,000 machines in 5 subnets with an NBS each, from the order
 * to the desktop, on one core. Prints how long it takes with and without trace and findings.
 */
import process from 'node:process'
import { memoryImages } from '../src/nbs/images.ts'
import { loadScenario } from '../src/scenario/load.ts'
import { runScenario } from '../src/simulation/run.ts'
import { uefiProgram } from './boot-files.ts'

const SUBNETS = 5
const MACHINES = 200
/** What the whole wave may take: the goal of the project. */
const GOAL_SECONDS = 30

const FILE_SIZE = 64 * 1024
const file = uefiProgram(FILE_SIZE)
const images = memoryImages({ 'BStrap/x64/BStrap.efi': file, 'Images/WinPE/x64/WinPE.efi': file })

const numbers = Array.from({ length: SUBNETS }, (_, index) => index + 1)
const each = (line: (n: number) => string): string => numbers.map(line).join('\n')

const text = `title: One deployment wave
limit: 86400s
subnets:
${each(n => `  s${n}: { cidr: 10.${n}.0.0/16, link: { delay: 200us, jitter: 300us } }`)}
  servers: { cidr: 10.99.0.0/24 }
routers:
  r1: { joins: [${numbers.map(n => `s${n}`).join(', ')}, servers], relay: { ${numbers.map(n => `s${n}: dhcp`).join(', ')} } }
notificationServers: { ns-1: { delay: 5ms } }
servers:
  dhcp: { kind: dhcp, on: servers, address: 10.99.0.2, pool: [${numbers.map(n => `10.${n}.1.0-10.${n}.9.254`).join(', ')}] }
${each(n => `  nbs-${n}: { kind: nbs, on: s${n}, address: 10.${n}.0.5, notificationServer: ns-1 }`)}
clients:
${each(n => `  pc-s${n}: { count: ${MACHINES}, on: s${n}, firmware: edk2, mac: '00:50:56:0${n}:00:01', powerOn: 0s..60s }`)}
site:
  notificationServers: { ns-1: { on: servers } }
  images: { Win11: 4GB }
  times: { restart: 3s..20s, production: 20s..60s, automation: 20s..40s }
  jobs: { wave: { at: 180s, task: deploy-image, image: Win11, computers: [${numbers.map(n => `pc-s${n}`).join(', ')}] } }
`

const wave = (observed: boolean): void => {
  const loaded = loadScenario(text, { file: 'bench.yaml' })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  const surroundings = { version: 'bench', hashOf: () => '', imagesOf: () => images }
  const start = process.hrtime.bigint()
  const { result, frames } = runScenario(loaded.scenario, surroundings, { observed })
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  const done = result.clients.filter(({ jobs = [] }) => jobs.every(({ state }) => state === 'done')).length
  const boots = result.clients.reduce((sum, client) => sum + (client.boots?.length ?? 0), 0)
  console.log(
    `${observed ? 'with trace and findings' : 'outcomes only          '}: ${seconds.toFixed(1)} s for ${done} jobs done, ${boots} boots, ${frames} frames, ${Math.round(result.virtualSeconds)} s of virtual time`,
  )
  if (done !== SUBNETS * MACHINES) throw new Error(`only ${done} of ${SUBNETS * MACHINES} jobs were done`)
  if (seconds > GOAL_SECONDS) throw new Error(`took ${seconds.toFixed(1)} s, more than ${GOAL_SECONDS} s`)
}

wave(false)
wave(true)
