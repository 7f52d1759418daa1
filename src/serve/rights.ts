/**
 * Root for no longer than ports need it: who the process becomes once they are open, and what it may do before that
 * as that user. Does not open ports.
 */
import { closeSync, openSync } from 'node:fs'
import { userInfo } from 'node:os'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { EXIT, UsageError } from '../core/exit.ts'
import { WORKER } from '../nbs/image-reload.ts'
import { keepingLowPorts } from '../network/kernel/capabilities.ts'

export interface Rights {
  /** Runs `act` as whoever this process will be; throws UsageError where that user may not. */
  readonly as: <T>(act: () => T) => T
  /** Becomes that user for good. `settings`: the file that is read again at each reload. Throws UsageError. */
  readonly drop: (log: Logger, settings: string | undefined) => void
}

/** Names or numbers of users: `--user`, `user:`, and what counts where neither is said. */
export interface WantedUser {
  readonly call: string | undefined
  readonly settings: string | undefined
  readonly fallback: string
}

interface User {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** What @types/node leaves out. */
const system = process as unknown as { initgroups(user: number, group: number): void }

const STAYS: Rights = { as: act => act(), drop: () => {} }

/** Throws UsageError where there is no such user, or where this process cannot become it. */
export const rightsFrom = ({ call, settings, fallback }: WantedUser): Rights => {
  if (process.geteuid?.() !== 0) {
    if (call === undefined) return STAYS
    throw new UsageError(`--user ${call}: only root can become somebody else`, EXIT.missing)
  }
  const name = call ?? settings ?? fallback
  if (name === 'root' || name === '0') return STAYS
  const user = userCalled(name)
  let isDropped = false
  return {
    as: act => (isDropped ? act() : actingAs(user, act)),
    drop: (log, file) => {
      actingAs(user, () => lookAtFiles(user, log, file))
      const keepsPorts = keepingLowPorts(() => becomeFor(user))
      isDropped = true
      log.info({ user: user.name, uid: user.uid, keepsPorts }, `runs as ${user.name}`)
      if (!keepsPorts)
        log.warn(
          'ports below 1024 can no longer be opened: an address that comes or changes later needs a restart ' +
            '(on Linux the package koffi keeps that right; packaging/nbs.service does without it)',
        )
    },
  }
}

const REMEDIES = 'let that user read it, name another user (--user NAME), or stay root (--user root)'

/** The system's own table knows users of directories (LDAP), too; it is asked by being that user for a moment. */
const userCalled = (name: string): User => {
  const id = /^\d+$/.test(name) ? Number(name) : name
  try {
    process.seteuid!(id)
  } catch (error) {
    throw new UsageError(`user ${name}: ${reasonOf(error as NodeJS.ErrnoException)}`)
  }
  const uid = process.geteuid!()
  try {
    return { name, uid, gid: userInfo().gid }
  } catch {
    // A number that nobody has: the group of the same number, as in /etc/passwd of most.
    return { name, uid, gid: uid }
  } finally {
    process.seteuid!(0)
  }
}

const reasonOf = ({ code, message }: NodeJS.ErrnoException): string => {
  if (code === 'ERR_UNKNOWN_CREDENTIAL') return 'this system has no such user; --user names another one'
  if (code === 'EPERM') return 'this root may not become another user; --user root stays root'
  return message
}

const actingAs = <T>(user: User, act: () => T): T => {
  takeGroups(user)
  process.setegid!(user.gid)
  process.seteuid!(user.uid)
  try {
    return act()
  } catch (error) {
    if (!(error instanceof Error && /\b(EACCES|EPERM)\b/.test(error.message))) throw error
    throw new UsageError(`as user ${user.name}: ${error.message}: ${REMEDIES}`)
  } finally {
    process.seteuid!(0)
    process.setegid!(0)
  }
}

const becomeFor = (user: User): void => {
  takeGroups(user)
  process.setgid!(user.gid)
  process.setuid!(user.uid)
}

const takeGroups = ({ uid, gid }: User): void => {
  try {
    system.initgroups(uid, gid)
  } catch {
    process.setgroups!([gid])
  }
}

/** What is opened later, when it is too late for a mistake. */
const lookAtFiles = ({ name }: User, log: Logger, settings: string | undefined): void => {
  read(fileURLToPath(WORKER))
  if (settings === undefined) return
  try {
    read(settings)
  } catch (error) {
    log.warn(`user ${name} cannot reload the settings: ${(error as Error).message}`)
  }
}

const read = (file: string): void => closeSync(openSync(file, 'r'))
