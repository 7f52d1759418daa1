/**
 * `kind: function`: a responder that is a function of the program that made the scenario (`respond`), with files that
 * it serves beside it. No file can hold one, so that it is not among the kinds that files know.
 */
import { z } from 'zod'
import type { Random } from '../../core/random.ts'
import type { TraceSink } from '../../core/trace.ts'
import { drawer } from '../../document/draw.ts'
import { durationRange, oneOrMore, whole } from '../../document/parts.ts'
import { type Range, kindOf } from '../../document/quantities.ts'
import { HostedService } from '../../network/hosted.ts'
import type { Host } from '../../network/port.ts'
import { Restartable } from '../../network/restartable.ts'
import { startFileServer } from '../file-server.ts'
import { serverForm, serverKind } from '../kind.ts'
import { type ImageFile, files, writtenFiles } from '../parts/files.ts'
import { RESPONDER_EVENTS, type RespondFunction, ResponderMachine } from './responder.ts'

/** PXE: DHCP server and boot server. */
export const RESPONDER_PORTS: readonly number[] = [67, 4011]

const isFunction = (value: unknown): value is RespondFunction => typeof value === 'function'

const respond = z.custom<RespondFunction>(isFunction, {
  error: ({ input }) => `expected a function of a packet, got ${kindOf(input)}`,
})

export const functionKind = serverKind({
  ...serverForm('function', 'A responder that is a function', {
    respond: respond.describe('What it answers to each packet'),
    ports: oneOrMore(whole(1, 65_535))
      .prefault([...RESPONDER_PORTS])
      .describe('UDP ports on which it hears'),
    responseDelay: durationRange.prefault('0ms').describe('Waits before each reply'),
    files: files.optional().describe('Files of its TFTP service: name to size in bytes or text'),
  }),
  services: ['function', 'tftp'],
  delaysAnswers: true,

  resolve(form, { server }) {
    return { ...form, ...server }
  },

  build(server, { host, random, trace }) {
    const services = servicesOf(server, host, random, trace)
    return {
      start: () => Object.values(services).forEach(one => void one.start()),
      stop: () => Object.values(services).forEach(one => one.stop()),
      startService: name => void services[name].start(),
      stopService: name => services[name].stop(),
      setResponseDelay: range => void (services.function.delay = drawer(range, random.fork('changed delay'))),
    }
  },

  role: () => 'a function',
  hasService: (server, service) => service !== 'tftp' || server.files !== undefined,
  withFiles: (server, change) => ({ ...server, files: server.files?.map(change) }),
})

export interface FunctionSetup {
  readonly respond: RespondFunction
  readonly ports: readonly number[]
  readonly responseDelay: Range
  readonly files?: readonly ImageFile[] | undefined
}

/** What runs of it, on a host of any network; `start` resolves when its ports are bound. */
export const servicesOf = (setup: FunctionSetup, host: Host, random: Random, trace: TraceSink) => {
  const { respond: answer, ports, responseDelay, files: own } = setup
  let delay = drawer(responseDelay, random.fork('delay'))
  const machine = new ResponderMachine({
    name: host.name,
    respond: answer,
    ports,
    addressOn: iface => host.interfaces.find(({ name }) => name === iface)?.addresses[0]?.ip,
    random: () => host.random.u32() / 2 ** 32,
    delay: () => delay(),
  })
  const service = new HostedService(host, machine, RESPONDER_EVENTS, trace)
  const store = own && writtenFiles(own)
  const tftp = new Restartable(() =>
    startFileServer(host, { state: store ? 'on' : 'off', files: store }, trace),
  )
  return {
    function: {
      start: () => service.start(),
      stop: () => service.stop(),
      set delay(draw: () => number) {
        delay = draw
      },
    },
    tftp: { start: () => tftp.start(), stop: () => tftp.stop() },
  }
}
