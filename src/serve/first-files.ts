/**
 * Which first file a machine gets where the settings say something else than its architecture does: above all another one
 * for iPXE than the one that is iPXE. Does not look whether the file is there.
 */
import type { Logger } from 'pino'
import { IPXE } from '../analysis/clients/ipxe.ts'
import { BOOTSTRAP_FILES, bootstrapFile } from '../nbs/bootstrap-files.ts'
import { type TftpFiles, isRefusal } from '../protocol/tftp/files.ts'
import { matcher } from '../servers/dhcp/scopes.ts'
import type { DhcpMessage } from '../wire/dhcp/message.ts'
import type { ServeConfig } from './config.ts'
import type { FileForm } from './format.ts'

export type FirstFile = (architecture: number, request: DhcpMessage) => string | undefined

/** The first entry that matches counts. */
export const firstFileBy = (entries: readonly FileForm[]): FirstFile => {
  const choices = entries.map(({ file, ...match }) => ({ file, matches: matcher(match) }))
  return (architecture, request) =>
    choices.find(({ matches }) => matches(request))?.file ?? bootstrapFile(architecture)
}

/** What the settings say of first files, and what of it cannot go well. */
export const announceFirstFiles = (
  { files, arches }: Pick<ServeConfig, 'files' | 'arches'>,
  images: TftpFiles,
  log: Logger,
): void => {
  for (const entry of files) {
    const opened = images.open(entry.file)
    if (isRefusal(opened))
      log.warn(`${whoGets(entry)} would get ${entry.file}, which is not in the images: ${opened.message}`)
    else log.info({ file: entry.file, bytes: opened.size }, `${whoGets(entry)} get ${entry.file}`)
  }
  const ownByDefault = BOOTSTRAP_FILES.filter(([name]) => !arches || arches.includes(name)).map(
    ([, file]) => file,
  )
  const loader = [...files.map(({ file }) => file), ...ownByDefault].find(isIpxeLoader)
  if (loader !== undefined && !files.some(({ userClass }) => userClass?.includes('iPXE')))
    log.warn(
      `${loader} looks like iPXE, which would be told to load itself, for ever: ` +
        'give iPXE another file: files: [{ userClass: iPXE, file: … }]',
    )
}

const isIpxeLoader = (file: string): boolean => IPXE.loader?.files.test(file) ?? false

/** `machines of user class iPXE`, for the log. */
export const whoGets = ({ userClass, vendorClass, arches, mac }: FileForm): string => {
  const said = [
    userClass && `of user class ${userClass.join(' or ')}`,
    vendorClass && `of class ${vendorClass.join(' or ')}`,
    arches && `of ${arches.join(' or ')}`,
    mac && 'with certain MAC addresses',
  ].filter(part => part !== undefined)
  return `${said.length === 0 ? 'all other ' : ''}machines ${said.join(', ')}`.trimEnd()
}
