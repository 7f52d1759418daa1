/**
 * What is kept when root becomes somebody else: the right to open ports below 1024, for addresses that come later. On
 * Linux with the C library only. Does not know users.
 */
import { libc } from './libc.ts'

const PR_SET_KEEPCAPS = 8
const PR_SET_NO_NEW_PRIVS = 38
const CAP_NET_BIND_SERVICE = 10
/** `_LINUX_CAPABILITY_VERSION_3`, and this thread. */
const HEADER = Uint32Array.of(0x20080522, 0)

/**
 * Calls `change`, which gives up root, and says whether that right is left. It belongs to this thread, which opens all
 * sockets; the others have none. Throws what `change` throws.
 */
export const keepingLowPorts = (change: () => void): boolean => {
  const system = libc()
  system?.prctl(PR_SET_KEEPCAPS, 1, null)
  change()
  system?.prctl(PR_SET_NO_NEW_PRIVS, 1, null)
  const bit = 1 << CAP_NET_BIND_SERVICE
  // Effective, permitted, inheritable; then the same for capabilities from 32 on.
  return system?.capset(HEADER, Uint32Array.of(bit, bit, 0, 0, 0, 0)) === 0
}
