/**
 * The server programs that are known, one line each.
 */
import { DNSMASQ } from './dnsmasq.ts'
import { ISC_DHCPD } from './isc-dhcpd.ts'
import { KEA } from './kea.ts'
import { NBS } from './nbs.ts'
import type { Preset } from './preset.ts'
import { ATFTPD, TFTPD_HPA } from './tftp.ts'

export const PRESETS = [DNSMASQ, KEA, ISC_DHCPD, ATFTPD, TFTPD_HPA, NBS] as const satisfies readonly Preset[]
export const PRESET_NAMES: readonly string[] = PRESETS.map(({ name }) => name)

export const presetNamed = (name: string): Preset => {
  const found = PRESETS.find(preset => preset.name === name)
  if (!found) throw new RangeError(`there is no preset ${name}`)
  return found
}
