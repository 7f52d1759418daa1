/**
 * Whether the TFTP of a machine belongs to a boot, and whether its answers can be in the capture at all. Telephones,
 * switches and routers fetch their configuration by TFTP too, ask for many names in vain, and that is normal. Does not
 * judge.
 */
import { plainFile } from '../words.ts'
import { architectureOfName } from './architecture.ts'
import { type Boot, allReplies } from './conversation.ts'
import type { Transfer } from './transfer.ts'

/** It asked as a client that boots, or did so before; where nobody saw it ask, the names of its files have to tell. */
export const isBootTraffic = (boot: Boot): boolean =>
  boot.asks !== 'other' ||
  boot.firmware.bootsByDhcpAlone === true ||
  boot.previous !== undefined ||
  allReplies(boot).some(reply => reply.pxe) ||
  boot.transfers.some(isBootFile)

const isBootFile = ({ file, architecture, script }: Transfer): boolean =>
  architecture !== undefined ||
  script ||
  architectureOfName(file) !== undefined ||
  BOOT_NAMES.test(plainFile(file))

const BOOT_NAMES =
  /pxelinux|syslinux|ipxe|undionly|snponly|grub|shim|bstrap|bootmgr|vmlinu|bzimage|initrd|initramfs|[uz]image|fitimage|\.(c32|wim|sdi)$/

/**
 * The machine went on after a request without any answer in the capture, and did not even repeat it: it was answered. A
 * server answers from a port of its own (RFC 1350 §4), which a filter by port 69 leaves out.
 */
export const hasUnseenFiles = ({ transfers }: Boot): boolean =>
  transfers.every(transfer => !transfer.answered && !transfer.unreachable) &&
  transfers.some(
    (transfer, i) =>
      transfer.requests === 1 &&
      transfers.slice(i + 1).some(later => later.server === transfer.server && isOther(transfer, later)),
  )

const isOther = (a: Transfer, b: Transfer): boolean =>
  a.file !== b.file || a.asksSize !== b.asksSize || a.askedBlockSize !== b.askedBlockSize

/** How often this file was asked of this server in this way, from whatever port. */
export const triesOf = ({ transfers }: Boot, transfer: Transfer): number =>
  transfers
    .filter(other => other.server === transfer.server && !isOther(other, transfer) && !other.answered)
    .reduce((sum, { requests }) => sum + requests, 0)
