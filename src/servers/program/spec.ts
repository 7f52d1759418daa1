/**
 * A server program as it is meant, and what is to be started for it: its command line, the files that it is given, how it
 * is known to be ready. Starts nothing.
 */
import type { Ip4, Mac } from '../../core/address.ts'
import { latin1Bytes } from '../../core/bytes.ts'
import type { ImageStore } from '../../nbs/images.ts'
import { OWN_FOLDER, type ProgramFile, type ProgramSpec } from '../../network/attach/program/program.ts'
import { isRefusal } from '../../protocol/tftp/files.ts'
import type { DhcpOption } from '../../wire/dhcp/message.ts'
import type { Server, ServerContext } from '../kind.ts'
import { presetNamed } from './presets/index.ts'
import type { Generated, Preset, Settings } from './presets/preset.ts'

/** All files that a program is given, in bytes. */
export const MAX_PROGRAM_FILES = 256 << 20

export interface ProgramServer extends Server {
  readonly kind: 'program'
  /** A preset; undefined: the command says it. */
  readonly program: string | undefined
  readonly command: readonly string[] | undefined
  readonly config: string | undefined
  readonly ready: string | undefined
  readonly card: string
  readonly mac: Mac | undefined
  readonly isProxy: boolean
  readonly options: readonly DhcpOption[]
  readonly bootFile: string | undefined
  readonly nextServer: Ip4 | undefined
  readonly leaseSeconds: number
}

export const whatOf = ({ program, command }: Pick<ProgramServer, 'program' | 'command'>): string =>
  program ?? command?.[0]?.split('/').at(-1) ?? 'a program'

/** Where it will stand. */
export interface ProgramPlace {
  readonly imagesOf: ServerContext['imagesOf']
  /** Of its subnet. */
  readonly prefixLength: number
  readonly mac: Mac
}

/** What is to be started for it: for whoever has a segment and a `ProgramProvider`. */
export const programSpec = (
  server: ProgramServer,
  { imagesOf, prefixLength, mac }: ProgramPlace,
  onLog: ProgramSpec['onLog'],
): ProgramSpec => {
  const { name, address, gateway: router, card, command, config, images: written } = server
  const preset = server.program === undefined ? undefined : presetNamed(server.program)
  const hasFiles = written !== undefined || onlySendsFiles(preset)
  const generated =
    config === undefined ? preset?.configure?.(settingsOf(server, prefixLength, hasFiles)) : undefined
  return {
    name,
    card,
    mac,
    address,
    prefixLength,
    router,
    command: command ?? preset!.command,
    words: { images: IMAGES, ...(generated && { config: `${OWN_FOLDER}/${generated.name}` }) },
    config,
    package: preset?.package,
    files: [
      ...(hasFiles ? imageFiles(imagesOf(written)) : []),
      ...(preset?.empty ?? []).map(file => ({ name: file, bytes: new Uint8Array() })),
      ...(generated ? [configFile(generated)] : []),
    ],
    environment: preset?.environment ?? {},
    scratch: preset?.scratch ?? [],
    ready: server.ready ?? preset?.ready,
    onLog,
  }
}

const IMAGES = `${OWN_FOLDER}/tftp`

/** They have images where nobody says which: those that nbs-lab ships. */
const onlySendsFiles = (preset: Preset | undefined): boolean =>
  preset !== undefined && preset.can.includes('files') && (!preset.configure || preset.name === 'nbs')

const settingsOf = (server: ProgramServer & Server, prefixLength: number, hasFiles: boolean): Settings => ({
  card: server.card,
  address: server.address,
  prefixLength,
  pools: server.pools,
  isProxy: server.isProxy,
  leaseSeconds: server.leaseSeconds,
  options: server.options,
  bootFile: server.bootFile,
  nextServer: server.nextServer,
  hasFiles,
})

const configFile = ({ name, text }: Generated): ProgramFile => ({
  name,
  bytes: latin1Bytes(text.replaceAll('{folder}', OWN_FOLDER).replaceAll('{images}', IMAGES)),
})

/** Throws `RangeError` where they are too many. */
const imageFiles = (store: ImageStore): ProgramFile[] => {
  let bytes = 0
  return store.list().flatMap(name => {
    const file = store.open(name)
    if (isRefusal(file)) return []
    bytes += file.size
    if (bytes > MAX_PROGRAM_FILES)
      throw new RangeError(`the images of a program may have ${MAX_PROGRAM_FILES / (1 << 20)} MB together`)
    return [{ name: `tftp/${name}`, bytes: new Uint8Array(file.read(0, file.size)) }]
  })
}
