/**
 * `kind: time`: a server that answers the Time Protocol (RFC 868). The worked example of docs/extending.md.
 */
import { toSeconds } from '../../src/core/micros.ts'
import { draw } from '../../src/document/draw.ts'
import { durationRange, whole } from '../../src/document/parts.ts'
import { Restartable } from '../../src/network/restartable.ts'
import { runStateMachine } from '../../src/network/runner.ts'
import { serverForm, serverKind } from '../../src/servers/kind.ts'
import { timeService } from './time-service.ts'

const LAST = 0xffffffff

export const timeKind = serverKind({
  ...serverForm('time', 'A server that tells the time (RFC 868)', {
    epoch: whole(0, LAST).prefault(3_786_825_600).describe('Seconds from 1900 to the start of the run'),
    ahead: durationRange.prefault('0s').describe('How far its clock is ahead; drawn from a range'),
  }),
  services: ['time'],

  resolve(form, { server, check }) {
    if (form.epoch + toSeconds(form.ahead.high) > LAST) check.complain(['ahead'], 'the protocol ends in 2036')
    return { ...form, ...server }
  },

  build({ epoch, ahead }, { host, random }) {
    const started = epoch + Math.floor(toSeconds(draw(ahead, random)))
    const service = new Restartable(() => runStateMachine(host, timeService(started), () => {}))
    return {
      start: () => void service.start(),
      stop: () => service.stop(),
      startService: () => void service.start(),
      stopService: () => service.stop(),
    }
  },

  role: () => 'time server',
})
