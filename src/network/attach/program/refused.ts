/**
 * Why this system lets nobody make a network namespace of his own, and what to do about it. Pure, but for `systemFacts`.
 */
import { existsSync, readFileSync } from 'node:fs'
import process from 'node:process'

/** As the system shows them; undefined: it has no such thing. */
export interface SystemFacts {
  readonly isRoot: boolean
  /** `kernel.apparmor_restrict_unprivileged_userns`: Ubuntu since 23.10. */
  readonly apparmorRestricts: string | undefined
  /** `kernel.unprivileged_userns_clone`: Debian's kernels. */
  readonly usernsClone: string | undefined
  readonly maxUserNamespaces: string | undefined
  /** Of this process: 2 is a filter. */
  readonly seccomp: string | undefined
  readonly inContainer: boolean
}

export const systemFacts = (): SystemFacts => ({
  isRoot: process.getuid?.() === 0,
  apparmorRestricts: read('/proc/sys/kernel/apparmor_restrict_unprivileged_userns'),
  usernsClone: read('/proc/sys/kernel/unprivileged_userns_clone'),
  maxUserNamespaces: read('/proc/sys/user/max_user_namespaces'),
  seccomp: /^Seccomp:\s*(\d)/m.exec(read('/proc/self/status') ?? '')?.[1],
  inContainer: existsSync('/.dockerenv') || existsSync('/run/.containerenv'),
})

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'latin1').trim()
  } catch {
    return undefined
  }
}

/** `said`: what the program that was refused wrote. */
export const whyRefused = (facts: SystemFacts, said: string): string => {
  const cause = causes(facts)
  const words = said.trim().split('\n').slice(-3).join(' / ')
  return [
    'a program needs a user and network namespace of its own, and this system refuses it',
    words && ` (${words})`,
    '. ',
    ...(cause.length > 0 ? cause : [UNKNOWN]),
  ].join('')
}

const causes = (facts: SystemFacts): string[] => {
  const { isRoot, apparmorRestricts, usernsClone, maxUserNamespaces, seccomp, inContainer } = facts
  if (maxUserNamespaces === '0')
    return [
      'User namespaces are switched off (RHEL and others). Run: sysctl -w user.max_user_namespaces=15000',
    ]
  if (!isRoot && usernsClone === '0')
    return [
      'Only root may make user namespaces here (Debian 10 and older). Run: sysctl -w kernel.unprivileged_userns_clone=1',
    ]
  if (!isRoot && apparmorRestricts === '1')
    return [
      'AppArmor takes the rights away in it (Ubuntu 23.10 and later). Run: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, ',
      'or give unshare a profile with "userns," (/etc/apparmor.d)',
    ]
  if (inContainer || seccomp === '2')
    return [
      'A container keeps it from it (seccomp). Start the container with --security-opt seccomp=unconfined --cap-add SYS_ADMIN, ',
      'with podman --security-opt seccomp=unconfined, or run nbs outside of it',
    ]
  return []
}

const UNKNOWN =
  'Look at: sysctl user.max_user_namespaces kernel.unprivileged_userns_clone kernel.apparmor_restrict_unprivileged_userns'
