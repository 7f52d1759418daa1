/**
 * The colours of this process's standard output: on a terminal, unless `NO_COLOR` is set; elsewhere when `FORCE_COLOR`
 * asks for them. Each carries our mark, so that the outlet tells it from a colour in a stranger's text.
 */
import process from 'node:process'
import { ownColour } from './escape.ts'

type Paint = (text: string) => string

/** Inside, a style of the same kind ends where it ends; this one goes on. */
const style = (open: number, close: number): Paint => {
  const [begin, end] = [ownColour(open), ownColour(close)]
  return text => `${begin}${text.replaceAll(end, `${end}${begin}`)}${end}`
}

const { env, stdout } = process
const isTerminal = stdout.isTTY === true && env['TERM'] !== 'dumb'
const isColoured = !env['NO_COLOR'] && (Boolean(env['FORCE_COLOR']) || isTerminal)
const choose = (open: number, close: number): Paint => (isColoured ? style(open, close) : text => text)

const END_OF_COLOUR = 39
const END_OF_WEIGHT = 22

export default {
  bold: choose(1, END_OF_WEIGHT),
  dim: choose(2, END_OF_WEIGHT),
  red: choose(31, END_OF_COLOUR),
  green: choose(32, END_OF_COLOUR),
  yellow: choose(33, END_OF_COLOUR),
  cyan: choose(36, END_OF_COLOUR),
}
