/**
 * The programs and firmware files that guests need, found where distributions put them; their versions; and what to
 * install where one is missing. Does not start guests.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { GuestError, type GuestFirmware, type GuestKind } from './guest.ts'

export const EMULATOR = 'qemu-system-x86_64'
/** Of util-linux: lets the kernel end a guest when this process is gone, however it went. */
export const KEEPER = 'setpriv'
const PROGRAMS = [
  { program: EMULATOR, package: 'qemu-system-x86' },
  { program: KEEPER, package: 'util-linux' },
]

export interface Installed {
  readonly emulator: string
  readonly keeper: string
  /** In the order of what a kind needs; the firmware first. */
  readonly files: readonly [string, ...string[]]
}

/** Throws `GuestError` with everything that is missing and the line that installs it. */
export const installedFor = (kind: GuestKind): Installed => {
  const missing: { readonly name: string; readonly package: string }[] = []
  const programs = PROGRAMS.map(({ program, package: from }) => {
    const path = programPath(program)
    if (path === undefined) missing.push({ name: program, package: from })
    return path ?? program
  })
  const files = kind.files.map(need => {
    const path = need.places.map(place => join(place, need.file)).find(existsSync)
    if (path === undefined) missing.push({ name: need.file, package: need.package })
    return path ?? need.file
  })
  if (missing.length > 0) throw new GuestError(remedy(kind, missing))
  return { emulator: programs[0]!, keeper: programs[1]!, files: files as [string, ...string[]] }
}

const remedy = (kind: GuestKind, missing: readonly { name: string; package: string }[]): string => {
  const packages = [...new Set(missing.map(one => one.package))]
  return (
    `guest ${kind.name} needs ${missing.map(one => one.name).join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} not here. ` +
    `Install: apt-get install ${packages.join(' ')}`
  )
}

const programPath = (program: string): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(':')
    .filter(folder => folder !== '')
    .map(folder => join(folder, program))
    .find(isExecutable)

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** What stands in the files, and what the package manager knows of them. */
export const firmwareOf = (kind: GuestKind): GuestFirmware => {
  const { emulator, files } = installedFor(kind)
  const [file] = files
  const content = readFileSync(file)
  const known = packageOf(file)
  const version = kind.version?.exec(content.toString('latin1'))?.[0] ?? known?.version ?? 'unknown'
  return {
    kind: kind.name,
    version,
    package: known && `${known.name} ${known.version}`,
    file,
    sha256: createHash('sha256').update(content).digest('hex'),
    emulator: firstLine(emulator, ['--version']) ?? 'unknown',
    model: modelOf(kind, version),
  }
}

/** The model whose build this is. */
const modelOf = ({ name, arch, profiles }: GuestKind, version: string): GuestFirmware['model'] => {
  const { profile, withRouter } = profiles(version)
  return { firmware: name, profile, profileWithRouter: withRouter, arch }
}

const packageOf = (file: string): { readonly name: string; readonly version: string } | undefined => {
  const owner =
    firstLine('dpkg-query', ['--search', realpathSync(file)]) ?? firstLine('dpkg-query', ['--search', file])
  const name = owner?.split(':')[0]
  const version = name && firstLine('dpkg-query', ['--show', '--showformat', '${Version}', name])
  return name && version ? { name, version } : undefined
}

const firstLine = (program: string, args: readonly string[]): string | undefined => {
  const { status, stdout } = spawnSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return status === 0 ? stdout.split('\n')[0] : undefined
}
