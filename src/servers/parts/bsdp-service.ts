/**
 * What a scenario says of BSDP as the setup of a service, with the files to go with it. Does not run anything.
 */
import type { BsdpSetup } from '../../nbs/bsdp.ts'
import type { ImageStore } from '../../nbs/images.ts'
import { netBootFolders } from '../../nbs/netboot-folders.ts'
import type { TftpFiles } from '../../protocol/tftp/files.ts'
import { MemoryRecords } from '../../protocol/bsdp/records.ts'
import type { BsdpPart } from './bsdp.ts'
import { joinedStores, writtenFiles } from './files.ts'

export interface BsdpService {
  /** Undefined: there is no image, and so no service. */
  readonly setup: BsdpSetup | undefined
  /** What the server's TFTP service has, NetBoot images included. */
  readonly files: TftpFiles
}

/** `images`: the server's own store, in which there may be NetBoot folders. */
export const bsdpFor = (part: BsdpPart | undefined, images: ImageStore): BsdpService => {
  const store = part && part.files.length > 0 ? joinedStores(writtenFiles(part.files), images) : images
  const folders = netBootFolders(store)
  const all = [...folders.images, ...(part?.images ?? [])]
  if (all.length === 0) return { setup: undefined, files: images }
  return {
    files: folders.files,
    setup: {
      images: all,
      records: new MemoryRecords(part?.records),
      ...(part && { behavior: part.behavior, shadow: { accounts: part.accounts } }),
      hostName: part?.hostName,
    },
  }
}
