/**
 * The PXE menu (I-12, I-18): when there is one, and which boot server type it comes to when nobody touches a key.
 * Does not look for the boot server.
 */
import { fromSeconds } from '../../core/micros.ts'
import { OPTION } from '../../wire/dhcp/options.ts'
import { DISCOVERY_CONTROL, PXE_TAG, decodePxeVendor } from '../../wire/pxe/vendor-options.ts'
import type { Script } from '../pc.ts'
import { type Rom, idle } from './session.ts'
import type { Settings } from './settings.ts'

/** I-12. Option 60, 43.6, 43.9 and the file name may each come from another packet. */
export const hasMenu = (settings: Settings): boolean => {
  const classIdentifier = settings.option(OPTION.classIdentifier)
  if (!classIdentifier || !startsWithPxeClient(classIdentifier)) return false
  if (!settings.pxeTag(PXE_TAG.bootMenu)) return false
  const skips = (discoveryControlOf(settings) & DISCOVERY_CONTROL.bootFileAtOnce) !== 0
  return !(skips && settings.withFileName())
}

export const discoveryControlOf = (settings: Settings): number =>
  settings.pxeTag(PXE_TAG.discoveryControl)?.at(-1) ?? 0

const startsWithPxeClient = (value: Uint8Array): boolean =>
  value.length >= PXE_CLIENT.length && PXE_CLIENT.every((byte, i) => value[i] === byte)
const PXE_CLIENT = Array.from('PXEClient', char => char.charCodeAt(0))

/** The boot server type of the entry chosen. 0 = boot locally. */
export function* chooseFromMenu(rom: Rom): Script<number> {
  const { pc, settings } = rom
  const entries = entriesOf(settings)
  const prompt = promptOf(settings)
  // 255, and no 43.10 at all: the menu stands there until somebody chooses (I-18).
  if (!prompt || prompt.timeout === 255) {
    if (prompt?.text) pc.print(prompt.text)
    for (const [i, entry] of entries.entries()) pc.print(` ${String.fromCharCode(65 + i)}. ${entry.text}`)
    pc.because('I-18', 'The menu has no time-out: the machine waits until a key is pressed.')
    yield* idle(pc, Infinity)
  }
  const seconds = prompt?.timeout ?? 0
  if (prompt?.text) pc.print(seconds > 0 ? `${prompt.text} (${seconds})` : prompt.text)
  yield* idle(pc, pc.now() + fromSeconds(seconds))
  const chosen = entries[0]
  pc.because(
    'I-18',
    `No key was pressed${seconds > 0 ? ` for ${seconds} s` : ''}: the first entry is taken, ${chosen ? `"${chosen.text}"` : 'but the menu is empty'}.`,
  )
  return chosen?.type ?? 0
}

/** `PXE_TAG.bootMenu` alone: `decodePxeVendor` reads the entries from it as from a whole option 43. */
export const entriesOf = (settings: Settings) => decodeTag(settings, PXE_TAG.bootMenu)?.bootMenu ?? []
const promptOf = (settings: Settings) => decodeTag(settings, PXE_TAG.menuPrompt)?.prompt

export const decodeTag = (settings: Settings, tag: number) => {
  const value = settings.pxeTag(tag)
  if (!value) return undefined
  const decoded = decodePxeVendor(Uint8Array.of(tag, value.length, ...value))
  return decoded.ok ? decoded.value : undefined
}

/** iPXE prints the type with its bytes swapped: type 1 shows as 256 (I-18). */
export const shownType = (type: number): number => ((type & 0xff) << 8) | (type >>> 8)
