/**
 * What is known of a server program: how it is called, what it says when it is ready, and its configuration from the plain
 * fields of a scenario. A preset is data; a file beside this one has each.
 */
import type { Ip4 } from '../../../core/address.ts'
import type { Pool } from '../../kind.ts'
import type { DhcpOption } from '../../../wire/dhcp/message.ts'

/** What the plain fields come to. */
export interface Settings {
  readonly card: string
  readonly address: Ip4
  readonly prefixLength: number
  readonly pools: readonly Pool[]
  /** Beside somebody else's DHCP server: no addresses, only what PXE machines want to know. */
  readonly isProxy: boolean
  readonly leaseSeconds: number
  readonly options: readonly DhcpOption[]
  readonly bootFile: string | undefined
  readonly nextServer: Ip4 | undefined
  /** It is to send files, which are in `{images}`. */
  readonly hasFiles: boolean
}

export interface Generated {
  /** In the program's own folder. */
  readonly name: string
  readonly text: string
}

export interface Preset {
  /** `dnsmasq`: as it is called in a scenario, and in messages. */
  readonly name: string
  readonly title: string
  /** What installs it on Debian and Ubuntu. */
  readonly package: string
  /** What its generated configuration can do. */
  readonly can: readonly ('lease' | 'proxy' | 'files')[]
  /** With placeholders (docs/attachments.md). */
  readonly command: readonly string[]
  readonly ready?: string
  readonly environment?: Readonly<Record<string, string>>
  /** Folders of the system in which it keeps its state. */
  readonly scratch?: readonly string[]
  /** Files that must be there, empty. */
  readonly empty?: readonly string[]
  /** Absent: it is told everything on its command line, and takes no `config`. */
  readonly configure?: (settings: Settings) => Generated
}
