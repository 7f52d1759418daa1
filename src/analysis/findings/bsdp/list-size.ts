/**
 * Whether a list is as long as the client's limit allows, so that images may be missing from it. Shared by two rules.
 */
import type { BsdpAnswer, BsdpRound } from '../../conversations/bsdp-talk.ts'

const IP_AND_UDP = 28

export const isNearLimit = ({ maxSize }: BsdpRound, { size, content }: BsdpAnswer): boolean => {
  const images = content.images ?? []
  if (images.length === 0) return false
  const usual = 7 + images.reduce((sum, { name }) => sum + name.length, 0) / images.length
  return maxSize - IP_AND_UDP - size < usual
}
