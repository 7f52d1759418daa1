/**
 * The colours of this process's standard output: on a terminal, unless `NO_COLOR` is set; elsewhere when `FORCE_COLOR`
 * asks for them. picocolors' own choice also colours every output where `CI` is set, and a log is no terminal.
 */
import process from 'node:process'
import { createColors } from 'picocolors'

const { env, stdout } = process
const isTerminal = stdout.isTTY === true && env['TERM'] !== 'dumb'

export default createColors(!env['NO_COLOR'] && (Boolean(env['FORCE_COLOR']) || isTerminal))
