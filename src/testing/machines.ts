/**
 * The verdict on machines that all of the assertions share: who fails, what each did instead, and the error that says
 * so. Knows no single assertion.
 */
import { AssertionError } from 'node:assert'
import { nearestName } from '../document/nearest.ts'
import type { Result } from '../library/result.ts'
import type { ClientResult } from '../simulation/result.ts'
import { type Subject, keep, resultOf } from './subject.ts'

/** A machine, a group, or several of them. */
export type Machines = string | readonly string[]

export interface MachineCheck {
  /** Of a machine that fails: `did not boot from nbs-a`. */
  readonly text: string
  readonly expected: string
  readonly actual: (client: ClientResult) => string | number | null
  readonly holds: (client: ClientResult) => boolean
  /** That must exist, so that a misspelt name is no failure of a machine. */
  readonly servers?: readonly string[]
}

/** eslint calls it a function of an assertion: its own frames are not shown. */
type Assertion = (...args: never[]) => unknown

export const checkMachines = (
  subject: Subject,
  machines: Machines,
  assertion: Assertion,
  { text, expected, actual, holds, servers = [] }: MachineCheck,
): void => {
  const result = resultOf(subject)
  checkServers(result, servers)
  const names = [machines].flat()
  const judged = names.map(name => ({ name, clients: result.clientsOf(name) }))
  const off = judged.filter(({ clients }) => clients.length === 0).map(({ name }) => name)
  if (off.length > 0)
    fail(subject, assertion, {
      lines: [`${off.join(', ')}: no machine was switched on; call boot('${off[0]}') first`],
      actual: null,
      expected,
    })
  const clients = [...new Set(judged.flatMap(one => one.clients))]
  const failing = clients.filter(client => !holds(client))
  if (failing.length === 0) return
  const who =
    clients.length === 1
      ? clients[0]!.name
      : `${failing.length} of ${clients.length} machines of ${names.join(', ')}`
  fail(subject, assertion, {
    lines: [`${who} ${text}:`, ...failing.map(client => `  ${client.name}: ${fateText(client)}`)],
    actual: Object.fromEntries(failing.map(client => [client.name, actual(client)])),
    expected: Object.fromEntries(failing.map(({ name }) => [name, expected])),
  })
}

export interface Failure {
  readonly lines: readonly string[]
  readonly actual: unknown
  readonly expected: unknown
}

/** Throws `AssertionError`, and leaves what shows how it came to this. */
export const fail = (subject: Subject, assertion: Assertion, { lines, actual, expected }: Failure): never => {
  const left = keep(subject)
  throw new AssertionError({
    message: [...lines, ...(left.length > 0 ? [`Left: ${left.join(', ')}`] : [])].join('\n'),
    actual,
    expected,
    operator: assertion.name,
    stackStartFn: assertion,
  })
}

const checkServers = (result: Result, servers: readonly string[]): void => {
  const known = result.servers()
  for (const server of servers) {
    if (known.includes(server)) continue
    const nearest = nearestName(server, known)
    throw new RangeError(
      `there is no server "${server}"${nearest === undefined ? '' : `; did you mean ${nearest}?`}`,
    )
  }
}

/** `booted BStrap/x64/BStrap.efi from nbs-b after 4.1 s`. */
const fateText = (client: ClientResult): string => {
  const { outcome, code, file, pxeServer, leaseFrom, seconds } = client
  const after = `after ${Number(seconds.toFixed(2))} s`
  const shown = code === null ? '' : ` with ${code}`
  switch (outcome) {
    case 'booted':
      return `booted ${file ?? 'a file'} from ${pxeServer ?? 'nobody'} ${after}`
    case 'localDisk':
      return `went to its local disk${shown}${pxeServer === null ? '' : `, sent there by ${pxeServer}`}, ${after}`
    case 'failed':
      return `failed${shown}${pxeServer === null ? '' : `, told by ${pxeServer}`}, ${after} (lease from ${leaseFrom ?? 'nobody'})`
    case 'pending':
      return `was still trying ${after} (lease from ${leaseFrom ?? 'nobody'})`
  }
}
