/**
 * Replies that name a boot file. Shared by the rules about boot files and transfers.
 */
import { type Boot, allReplies } from '../../conversations/conversation.ts'
import type { Reply } from '../../conversations/reply.ts'
import { sameFile } from '../../words.ts'

type Naming = Reply & { readonly file: string }

const hasFile = (reply: Reply): reply is Naming => reply.file !== undefined

/** Offers, ACKs and answers on 4011 that name a file for this kind of client. */
export const naming = (boot: Boot): Naming[] =>
  allReplies(boot)
    .filter(hasFile)
    .filter(reply => !reply.foreignClass)

export const namingFile = (boot: Boot, file: string): Naming[] =>
  allReplies(boot)
    .filter(hasFile)
    .filter(reply => sameFile(reply.file, file))
