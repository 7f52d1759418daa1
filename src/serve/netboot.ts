/**
 * What `nbs serve` says of NetBoot before it starts, and where it keeps bindings. Does not serve.
 */
import { join } from 'node:path'
import process from 'node:process'
import type { Logger } from 'pino'
import type { ImageDirectory } from '../nbs/image-directory.ts'
import { netBootFolders } from '../nbs/netboot-folders.ts'
import { formatImageId } from '../wire/bsdp/image-id.ts'
import type { ServeConfig } from './config.ts'

/** systemd names a directory of the service's own there (StateDirectory=). */
export const withRecordFile = (config: ServeConfig): ServeConfig => {
  const directory = process.env['STATE_DIRECTORY']?.split(':')[0]
  if (config.bsdp.records !== undefined || directory === undefined || directory === '') return config
  return { ...config, bsdp: { ...config.bsdp, records: join(directory, 'bsdp-records') } }
}

export const announceNetBoot = (config: ServeConfig, store: ImageDirectory, log: Logger): void => {
  const { images, refused } = netBootFolders(store)
  for (const { id, name, folder, enabled, architectures } of images)
    log.info(
      { image: formatImageId(id), folder, architectures },
      `Macs get "${name}"${enabled ? '' : ': disabled'}`,
    )
  for (const { name, reason } of refused) log.warn(`NetBoot folder ${name} is not served: ${reason}`)
  if (images.length === 0) return
  if (!config.proxyDhcp)
    log.warn('Macs are not served: their requests come to port 67, which proxyDhcp: false leaves alone')
  else if (config.bsdp.records === undefined)
    log.warn('which Mac is bound to which image is kept in memory only: set bsdp.records')
}
