/**
 * What a PXE client says of itself: architecture (93), network interface (94), machine identifier (97) and class
 * identifier (60) (RFC 4578, PXE 2.1 §2.2.2). Does not judge whether they agree.
 */
import { u16At } from '../../core/bytes.ts'
import type { DhcpMessage, DhcpOption } from '../dhcp/message.ts'
import { OPTION } from '../dhcp/option-codes.ts'
import { bytesOption, classIdentifier, first, u16Option } from '../dhcp/options.ts'

/** IANA "Processor Architecture Types" (RFC 4578 §2.1, RFC 5970 §3.3). */
export const ARCHITECTURES = [
  { name: 'x86-bios', number: 0 },
  { name: 'pc98', number: 1 },
  { name: 'itanium-uefi', number: 2 },
  { name: 'alpha', number: 3 },
  { name: 'arc-x86', number: 4 },
  { name: 'intel-lean-client', number: 5 },
  { name: 'ia32-uefi', number: 6 },
  { name: 'x64-uefi', number: 7 },
  { name: 'xscale-uefi', number: 8 },
  { name: 'ebc', number: 9 },
  { name: 'arm32-uefi', number: 10 },
  { name: 'arm64-uefi', number: 11 },
  { name: 'powerpc-open-firmware', number: 12 },
  { name: 'powerpc-epapr', number: 13 },
  { name: 'power-opal', number: 14 },
  { name: 'ia32-uefi-http', number: 15 },
  { name: 'x64-uefi-http', number: 16 },
  { name: 'ebc-http', number: 17 },
  { name: 'arm32-uefi-http', number: 18 },
  { name: 'arm64-uefi-http', number: 19 },
  { name: 'x86-bios-http', number: 20 },
  { name: 'arm32-u-boot', number: 21 },
  { name: 'arm64-u-boot', number: 22 },
  { name: 'arm32-u-boot-http', number: 23 },
  { name: 'arm64-u-boot-http', number: 24 },
  { name: 'riscv32-uefi', number: 25 },
  { name: 'riscv32-uefi-http', number: 26 },
  { name: 'riscv64-uefi', number: 27 },
  { name: 'riscv64-uefi-http', number: 28 },
  { name: 'riscv128-uefi', number: 29 },
  { name: 'riscv128-uefi-http', number: 30 },
  { name: 's390-basic', number: 31 },
  { name: 's390-extended', number: 32 },
  { name: 'mips32-uefi', number: 33 },
  { name: 'mips64-uefi', number: 34 },
  { name: 'sunway32-uefi', number: 35 },
  { name: 'sunway64-uefi', number: 36 },
  { name: 'loongarch32-uefi', number: 37 },
  { name: 'loongarch32-uefi-http', number: 38 },
  { name: 'loongarch64-uefi', number: 39 },
  { name: 'loongarch64-uefi-http', number: 40 },
  { name: 'arm-rpi', number: 41 },
] as const

export type ArchitectureName = (typeof ARCHITECTURES)[number]['name']

const NUMBERS: ReadonlyMap<string, number> = new Map(ARCHITECTURES.map(({ name, number }) => [name, number]))

export const architectureNumber = (name: ArchitectureName): number => NUMBERS.get(name)!
export const isArchitectureName = (name: string): name is ArchitectureName => NUMBERS.has(name)
/** The table is dense: the number is the index. */
export const architectureName = (number: number): ArchitectureName | undefined => ARCHITECTURES[number]?.name

const digits = (value: number, width: number): string => String(value).padStart(width, '0')

/** `PXEClient:Arch:00007:UNDI:003000` (PXE 2.1 §2.2.2.1): 32 characters. */
export const pxeClassIdentifier = (architecture: number, undiMajor: number, undiMinor: number): string =>
  `PXEClient:Arch:${digits(architecture, 5)}:UNDI:${digits(undiMajor, 3)}${digits(undiMinor, 3)}`

const PXE_CLIENT = Uint8Array.from('PXEClient', char => char.charCodeAt(0))
const HTTP_CLIENT = Uint8Array.from('HTTPClient', char => char.charCodeAt(0))

const startsWith = (value: Uint8Array | undefined, prefix: Uint8Array): boolean => {
  if (value === undefined || value.length < prefix.length) return false
  for (let i = 0; i < prefix.length; i++) if (value[i] !== prefix[i]) return false
  return true
}

/** S-1, E-16: option 60 starts with `PXEClient`; what follows does not matter. */
export const isPxeClient = (message: DhcpMessage): boolean =>
  startsWith(first(message, OPTION.classIdentifier), PXE_CLIENT)

/** UEFI HTTP boot: option 60 starts with `HTTPClient`. */
export const isHttpClient = (message: DhcpMessage): boolean =>
  startsWith(first(message, OPTION.classIdentifier), HTTP_CLIENT)

/** Option 93 (its first type), else what the class identifier says. */
export const clientArchitecture = (message: DhcpMessage): number | undefined => {
  const value = first(message, OPTION.clientSystemArchitecture)
  if (value !== undefined && value.length >= 2) return u16At(value, 0)
  const text = classIdentifier(message)
  const digitsOfArch = text && /^(?:PXE|HTTP)Client:Arch:(\d{5})/.exec(text)?.[1]
  return digitsOfArch === undefined || digitsOfArch === '' ? undefined : Number(digitsOfArch)
}

export const architectureOption = (number: number): DhcpOption =>
  u16Option(OPTION.clientSystemArchitecture, number)

/** Option 94 (RFC 4578 §2.2). Type 1 = UNDI. */
export interface ClientNetworkInterface {
  readonly type: number
  readonly major: number
  readonly minor: number
}

export const clientNetworkInterface = (message: DhcpMessage): ClientNetworkInterface | undefined => {
  const value = first(message, OPTION.clientNetworkInterface)
  return value?.length === 3 ? { type: value[0]!, major: value[1]!, minor: value[2]! } : undefined
}

export const clientNetworkInterfaceOption = (major: number, minor: number, type = 1): DhcpOption =>
  bytesOption(OPTION.clientNetworkInterface, Uint8Array.of(type, major, minor))

/** Option 97 (RFC 4578 §2.3): the 16 bytes after the type byte 0. Some ROMs leave it out and still want to boot. */
export const clientMachineIdentifier = (message: DhcpMessage): Uint8Array | undefined => {
  const value = first(message, OPTION.clientMachineIdentifier)
  return value?.length === 17 && value[0] === 0 ? value.subarray(1) : undefined
}

export const clientMachineIdentifierOption = (uuid: Uint8Array): DhcpOption => {
  const value = new Uint8Array(17)
  value.set(uuid.subarray(0, 16), 1)
  return bytesOption(OPTION.clientMachineIdentifier, value)
}
