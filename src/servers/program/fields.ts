/**
 * A server program as it is written in a scenario, and what of it does not go together. Starts nothing.
 */
import { z } from 'zod'
import type { Checker } from '../../document/checker.ts'
import { lifetime, mac, word, words, yesNo } from '../../document/parts.ts'
import { images } from '../parts/files.ts'
import { leaseFields, pools } from '../parts/leases.ts'
import { options } from '../parts/options-form.ts'
import { PRESET_NAMES, presetNamed } from './presets/index.ts'
import type { Preset } from './presets/preset.ts'

export const programFields = {
  program: word(...PRESET_NAMES)
    .optional()
    .describe('A known server program: how it is called and configured is known'),
  command: z
    .array(words)
    .min(1)
    .optional()
    .describe(
      'Any other: the program and its arguments; {interface}, {address}, {prefix}, {mac}, {folder}, {images} and {config} are put in',
    ),
  config: words
    .optional()
    .describe('Your configuration file, relative to this file; default: made from the fields below'),
  ready: words
    .optional()
    .describe(
      'It is ready when a line of its log has this text; default: what is known of it, else its first socket',
    ),
  interface: words.prefault('eth0').describe('What its network card is called'),
  mac: mac.optional().describe("MAC address of its card; default: made from the server's address"),
  images: images
    .optional()
    .describe(
      'Files in {images}: a directory, or a map of name to size or text; a known TFTP server sends them',
    ),
  pool: pools.optional(),
  proxy: yesNo.optional().describe('Proxy DHCP: leases nothing, and tells PXE machines the boot file'),
  options: options.optional().describe('By name (classIdentifier) or number (60)'),
  bootFile: leaseFields.bootFile,
  nextServer: leaseFields.nextServer,
  leaseTime: lifetime.optional().describe('Lease time (51): 3600s, 12h, 8d, infinite; default 3600s'),
}

/** What a configuration is made from. */
const PLAIN = ['pool', 'proxy', 'options', 'bootFile', 'nextServer', 'leaseTime'] as const

export type ProgramForm = z.output<z.ZodObject<typeof programFields>>

export const checkWritten = (check: Checker, form: ProgramForm): void => {
  const { program, command, config } = form
  if (program === undefined && command === undefined)
    return check.complain(
      ['program'],
      `missing; it is one of ${PRESET_NAMES.join(', ')}, or a command: [...] of your own`,
    )
  if (program !== undefined && command !== undefined)
    return check.complain(['command'], 'program: says already what is started', { side: 'key' })
  const preset = program === undefined ? undefined : presetNamed(program)
  if (config !== undefined && preset && !preset.configure)
    check.complain(['config'], `${preset.name} has no configuration file; use command:`, { side: 'key' })
  for (const field of PLAIN)
    if (form[field] !== undefined) {
      const why = whyNot(field, form, preset)
      if (why !== undefined) check.complain([field], why, { side: 'key' })
    }
  if (form.pool !== undefined && form.proxy)
    check.complain(['proxy'], 'a proxy leases no addresses: leave out pool, or this', { side: 'key' })
  if (
    preset?.configure &&
    config === undefined &&
    form.pool === undefined &&
    !form.proxy &&
    !canIdle(preset, form)
  )
    check.complain(
      ['program'],
      `${preset.name} has nothing to do: give it a pool${preset.can.includes('proxy') ? ', proxy: true' : ''}, or a config of your own`,
    )
}

/** Files alone are something to do, and an NBS has images of its own. */
const canIdle = ({ name, can }: Preset, { images: own }: ProgramForm): boolean =>
  name === 'nbs' || (can.includes('files') && own !== undefined)

const whyNot = (
  field: (typeof PLAIN)[number],
  { command, config }: ProgramForm,
  preset: Preset | undefined,
): string | undefined => {
  if (command !== undefined || !preset) return 'a command of your own is told such things by its arguments'
  if (config !== undefined) return 'config: says that'
  if (field === 'proxy') return preset.can.includes('proxy') ? undefined : `${preset.name} is no proxy`
  return preset.can.includes('lease') ? undefined : `${preset.name} only sends files`
}
