/**
 * DHCP servers: offers, leases and what is said with them (RFC 2131 §4.3).
 */
import { formatIp4, toIp4 } from '../../../core/address.ts'
import { SECOND } from '../../../core/micros.ts'
import { DHCP_PORT } from '../../../wire/dhcp/message.ts'
import {
  OPTION,
  bytesOption,
  first,
  leaseTimeSeconds,
  serverIdentifier,
  subnetMask,
} from '../../../wire/dhcp/options.ts'
import type { Clause } from '../../clause.ts'
import { fail, must, notApplicable, notRun } from '../../judgement.ts'
import { allAnswers, answerTo, answers, nameOf, put, withXid } from '../../probe/ask.ts'
import { newMachine, pxeDiscover, selecting } from '../../probe/machine.ts'
import { declined, identityOf, leaseFor, offerTo, release } from './lease.ts'

/** TEST-NET-1 (RFC 5737): no pool has it. */
const NOBODYS = toIp4(0xc000024d)
const LARGEST_POOL = 300
/** By the wall clock. */
const EXHAUSTED_WITHIN = 60 * SECOND

export const LEASES: readonly Clause[] = [
  {
    id: 'D01',
    level: 'FIRMWARE',
    requirement: 'OFFER and ACK have the subnet mask (1).',
    source: 'rule E-28',
    rules: ['E-28'],
    needs: ['lease'],
    *check(probe) {
      const lease = yield* leaseFor(probe)
      release(probe, lease)
      for (const answer of [lease.offer, lease.ack])
        must(subnetMask(answer.message) !== undefined, `its ${nameOf(answer)} has no option 1`)
      return formatIp4(subnetMask(lease.ack.message)!)
    },
  },
  {
    id: 'D02',
    level: 'MUST',
    requirement:
      'OFFER and ACK have lease time (51) and server identifier (54); a router (3), where there is one, is whole.',
    source: 'RFC 2131 §4.3.1 table 3',
    rules: ['E-12', 'E-28'],
    needs: ['lease'],
    *check(probe) {
      const lease = yield* leaseFor(probe)
      release(probe, lease)
      for (const answer of [lease.offer, lease.ack]) {
        const { message } = answer
        must(leaseTimeSeconds(message) !== undefined, `its ${nameOf(answer)} has no option 51`)
        must(serverIdentifier(message) !== undefined, `its ${nameOf(answer)} has no option 54`)
        const router = first(message, OPTION.router)
        must(
          router === undefined || (router.length > 0 && router.length % 4 === 0),
          `option 3 of its ${nameOf(answer)} has ${router?.length} bytes`,
        )
      }
      return `${leaseTimeSeconds(lease.ack.message)} s`
    },
  },
  {
    id: 'D03',
    level: 'MUST',
    requirement: 'The ACK gives the address of the OFFER.',
    source: 'RFC 2131 §4.3.1',
    rules: ['E-27'],
    needs: ['lease'],
    *check(probe) {
      const lease = yield* leaseFor(probe)
      release(probe, lease)
      const [offered, given] = [lease.offer.message.yiaddr, lease.ack.message.yiaddr]
      must(offered === given, `${formatIp4(offered)} was offered, and ${formatIp4(given)} given`)
      return formatIp4(given)
    },
  },
  {
    id: 'D04',
    level: 'MUST',
    requirement: 'A REQUEST that names another server is not acknowledged: the machine has chosen that one.',
    source: 'RFC 2131 §4.3.2',
    rules: ['S-4', 'E-29'],
    needs: ['lease'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.client)
      const machine = newMachine(probe)
      const { message: offer } = yield* offerTo(probe, socket, machine)
      const message = selecting(machine, offer.yiaddr, probe.station.address)
      const all = yield* allAnswers(probe, { socket, message })
      const ack = all.find(({ type }) => type === 'ack')
      must(!ack, 'it acknowledged a REQUEST that was for another server')
      return all.length === 0 ? 'silence' : `no ACK, but ${nameOf(all[0]!)}: see D05`
    },
  },
  {
    id: 'D05',
    level: 'MUST',
    requirement: 'A NAK goes only to a REQUEST that names this server or none.',
    source: 'RFC 2131 §4.3.2',
    rules: ['I-10', 'E-29'],
    needs: ['lease'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.client)
      const other = probe.station.address
      const all = yield* allAnswers(probe, { socket, message: selecting(newMachine(probe), NOBODYS, other) })
      must(!all.some(({ type }) => type === 'nak'), 'it refused a REQUEST that was for another server')
      const reboot = yield* allAnswers(probe, {
        socket,
        message: selecting(newMachine(probe), NOBODYS, undefined),
      })
      const ack = reboot.find(({ type }) => type === 'ack')
      must(!ack, `it acknowledged ${formatIp4(NOBODYS)}, which is of no subnet here`)
      return reboot.length === 0
        ? 'it never refuses what is not its own'
        : 'it refuses a wrong address, and nobody else’s client'
    },
  },
  {
    id: 'D08',
    level: 'PEER',
    requirement:
      'A machine keeps its address when its boot program gives another client identifier (61), or none, than its ROM did.',
    source: 'RFC 6842, warewulf issue 802',
    rules: ['I-10'],
    needs: ['lease'],
    *check(probe) {
      const machine = newMachine(probe)
      const rom = bytesOption(OPTION.clientIdentifier, Uint8Array.of(0, ...machine.uuid))
      const lease = yield* leaseFor(probe, machine, { options: [rom] })
      const { message } = yield* offerTo(probe, lease.socket, machine)
      release(probe, lease)
      must(
        message.yiaddr === lease.ack.message.yiaddr,
        `with an identifier it has ${formatIp4(lease.ack.message.yiaddr)}, without ${formatIp4(message.yiaddr)}: two addresses for each boot`,
      )
      return formatIp4(message.yiaddr)
    },
  },
  {
    id: 'D09',
    level: 'SHOULD',
    requirement: 'Two DISCOVERs of one machine shortly after each other are offered the same address.',
    source: 'RFC 2131 §4.3.1',
    rules: ['E-15', 'I-8'],
    needs: ['lease'],
    *check(probe) {
      const socket = probe.open(DHCP_PORT.client)
      const machine = newMachine(probe)
      const questions = [0, 1].map(() => ({ socket, message: withXid(probe, pxeDiscover(machine)) }))
      for (const question of questions) put(question)
      const offered = () => questions.map(question => answers(probe, question)[0]?.message.yiaddr)
      yield* probe.until(() => offered().every(each => each !== undefined), probe.patience.answer)
      const [one, two] = offered()
      if (one === undefined && two === undefined) return fail('no answer to two DISCOVERs at once')
      // Some wait for the ping that one of them caused, and answer that one.
      if (one === undefined || two === undefined) return 'one of the two was answered'
      must(one === two, `${formatIp4(one)} and ${formatIp4(two)}`)
      return `${formatIp4(one)}, twice`
    },
  },
  {
    id: 'D10',
    level: 'MUST',
    requirement: 'An address that was declined is not offered again.',
    source: 'RFC 2131 §4.3.3',
    rules: ['E-28'],
    needs: ['lease'],
    *check(probe) {
      const lease = yield* leaseFor(probe)
      const { yiaddr } = lease.ack.message
      const message = withXid(probe, declined(lease.machine, yiaddr, identityOf(probe, lease.ack)))
      put({ socket: lease.socket, message })
      yield* probe.wait(probe.patience.gap)
      const offer = yield* answerTo(probe, { socket: lease.socket, message: pxeDiscover(lease.machine) })
      if (!offer) return `${formatIp4(yiaddr)} is not offered, nor any other`
      must(offer.message.yiaddr !== yiaddr, `${formatIp4(yiaddr)} was declined, and is offered again`)
      return `${formatIp4(yiaddr)} was declined, ${formatIp4(offer.message.yiaddr)} is offered`
    },
  },
  {
    id: 'D11',
    level: 'SHOULD',
    requirement: 'When its pool is used up it is silent, and refuses nobody.',
    source: 'RFC 2131 §4.3.1',
    rules: ['I-10'],
    needs: ['lease'],
    exhausts: true,
    *check(probe) {
      if (!probe.station.isLab) return notRun('it would use up the pool of a network that is in use')
      const socket = probe.open(DHCP_PORT.client)
      const began = probe.now
      for (let machines = 0; machines < LARGEST_POOL; machines++) {
        // Whoever pings each address first takes seconds for each.
        if (probe.now - began > EXHAUSTED_WITHIN)
          return notRun(`after ${machines} addresses there were still more`)
        const message = withXid(probe, pxeDiscover(newMachine(probe)))
        put({ socket, message })
        const question = { socket, message }
        yield* probe.until(() => answers(probe, question).length > 0, probe.patience.answer)
        const [answer] = answers(probe, question)
        socket.heard.splice(0)
        if (answer?.type === 'nak') return fail(`machine ${machines + 1} was refused with NAK`)
        if (!answer)
          return machines === 0
            ? fail('no machine was offered an address')
            : `${machines} addresses, then silence`
      }
      return notApplicable(`its pool has over ${LARGEST_POOL} addresses`)
    },
  },
]
