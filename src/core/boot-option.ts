/**
 * What a machine can be told to boot by, and how its boot file travels. Names only.
 */

/**
 * Boot options of a firmware. `pxe4`: its own network boot over IPv4, be it PXE, or BSDP on a Mac; `http4`: UEFI HTTP boot
 * over IPv4.
 */
export const BOOT_METHODS = ['pxe4', 'http4'] as const
export type BootMethod = (typeof BOOT_METHODS)[number]

/** How a file is fetched. */
export const TRANSFER_KINDS = ['tftp', 'http'] as const
export type TransferKind = (typeof TRANSFER_KINDS)[number]
