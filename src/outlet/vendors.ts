/**
 * Vendors of network cards from the registry of the IEEE (package `oui-data`), read only when a text needs them: the
 * list has five megabytes. JSON does not have them.
 */
import { createRequire } from 'node:module'
import { NO_VENDORS, type VendorOf, vendorsIn } from '../core/vendor.ts'

/** The list is read at the first MAC. Nobody where the package is missing: a name is a help, and no more. */
export const vendors = (): VendorOf => {
  let known: VendorOf | undefined
  return mac => (known ??= listed())(mac)
}

const listed = (): VendorOf => {
  try {
    return vendorsIn(createRequire(import.meta.url)('oui-data') as Readonly<Record<string, string>>)
  } catch {
    return NO_VENDORS
  }
}
