/**
 * iPXE's tree of settings, as far as booting reads it (core/settings.c): the ACK (`net0.dhcp`), the proxy's packet
 * (`proxydhcp`) and the boot server's (`pxebs`), searched in order. Does not know where the packets come from.
 */
import { fileNameOf, optionOf, priorityOf, pxeTagOf, type Reply } from './reply.ts'

export type BlockName = 'net0.dhcp' | 'proxydhcp' | 'pxebs'

export interface Block {
  readonly name: BlockName
  readonly reply: Reply
}

export class Settings {
  /** I-13: by priority (175.1), then in the order of registration. `net0` moves with its child `dhcp`. */
  readonly #blocks: Block[] = []

  register(name: BlockName, reply: Reply): void {
    this.remove(name)
    const priority = priorityOf(reply)
    const before = this.#blocks.findIndex(block => priorityOf(block.reply) < priority)
    this.#blocks.splice(before < 0 ? this.#blocks.length : before, 0, { name, reply })
  }

  remove(name: BlockName): void {
    const index = this.#blocks.findIndex(block => block.name === name)
    if (index >= 0) this.#blocks.splice(index, 1)
  }

  get(name: BlockName): Block | undefined {
    return this.#blocks.find(block => block.name === name)
  }

  /** The first block with a file name. Its own siaddr names the server: the two are never mixed (I-13). */
  withFileName(): Block | undefined {
    return this.#blocks.find(block => fileNameOf(block.reply) !== undefined)
  }

  /** The first block with this tag of option 43. */
  withPxeTag(tag: number): Block | undefined {
    return this.#blocks.find(block => pxeTagOf(block.reply, tag) !== undefined)
  }

  option(code: number): Uint8Array | undefined {
    return this.#first(reply => optionOf(reply, code))
  }

  /** A tag of option 43. Each is looked for by itself, so they may come from different packets. */
  pxeTag(tag: number): Uint8Array | undefined {
    return this.#first(reply => pxeTagOf(reply, tag))
  }

  #first(read: (reply: Reply) => Uint8Array | undefined): Uint8Array | undefined {
    for (const block of this.#blocks) {
      const value = read(block.reply)
      if (value) return value
    }
    return undefined
  }
}
