/**
 * The chapters of the suite, in their order.
 */
import type { Chapter, Clause } from './clause.ts'
import { BOOT_SERVER_CHAPTER } from './clauses/boot-server/index.ts'
import { BSDP_CHAPTER } from './clauses/bsdp/index.ts'
import { DHCP_CHAPTER } from './clauses/dhcp/index.ts'
import { HTTP_CHAPTER } from './clauses/http/index.ts'
import { MENU_CHAPTER } from './clauses/menu/index.ts'
import { PROXY_CHAPTER } from './clauses/proxy/index.ts'
import { TFTP_CHAPTER } from './clauses/tftp/index.ts'

export const CHAPTERS: readonly Chapter[] = [
  PROXY_CHAPTER,
  BOOT_SERVER_CHAPTER,
  MENU_CHAPTER,
  DHCP_CHAPTER,
  TFTP_CHAPTER,
  BSDP_CHAPTER,
  HTTP_CHAPTER,
]

export const CLAUSES: readonly Clause[] = CHAPTERS.flatMap(({ clauses }) => clauses)

export const findClause = (id: string): Clause | undefined =>
  CLAUSES.find(clause => clause.id === id.trim().toUpperCase())
