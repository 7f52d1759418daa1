/**
 * The images now served, and those of before a reload that running transfers still read: a store is closed when the
 * last transfer that began with it has ended. Does not read folders.
 */
import { type Endpoint, ip4Number } from '../core/address.ts'
import type { ImageDirectory } from '../nbs/image-directory.ts'
import { type NetBootFolders, netBootFolders } from '../nbs/netboot-folders.ts'
import type { TftpFiles } from '../protocol/tftp/files.ts'
import type { TftpEvent } from '../protocol/tftp/events.ts'

interface Store {
  readonly images: ImageDirectory
  /** For Macs; also knows the absolute names that they are told. */
  readonly netBoot: NetBootFolders
  users: number
}

export class ServedImages implements TftpFiles {
  #current: Store
  readonly #users = new Map<string, Store>()

  constructor(images: ImageDirectory) {
    this.#current = storeOf(images)
  }

  get images(): ImageDirectory {
    return this.#current.images
  }

  get netBoot(): NetBootFolders {
    return this.#current.netBoot
  }

  /** Transfers now running. */
  get transfers(): number {
    return this.#users.size
  }

  open(path: string): ReturnType<TftpFiles['open']> {
    return this.#current.netBoot.files.open(path)
  }

  replace(images: ImageDirectory): void {
    const old = this.#current
    this.#current = storeOf(images)
    if (old.users === 0) old.images.close()
  }

  /** Tells what began and what ended; `scope` keeps servers on several interfaces apart. */
  tftp(scope: string, event: TftpEvent): void {
    const key = `${scope} ${keyOf(event.client)}`
    if (event.type === 'started') {
      this.#current.users++
      this.#users.set(key, this.#current)
    } else if (ENDS.has(event.type)) {
      const store = this.#users.get(key)
      if (!store) return
      this.#users.delete(key)
      store.users--
      if (store.users === 0 && store !== this.#current) store.images.close()
    }
  }
}

const storeOf = (images: ImageDirectory): Store => ({ images, netBoot: netBootFolders(images), users: 0 })

const ENDS: ReadonlySet<TftpEvent['type']> = new Set(['completed', 'failed', 'aborted-after-size-query'])
const keyOf = ({ ip, port }: Endpoint): number => ip4Number(ip) * 0x10000 + port
