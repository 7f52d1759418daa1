/**
 * A draft as a scenario file: YAML with a comment behind each value that is known by frames, and a head that says what
 * it is. Does not decide anything.
 */
import { Document, isMap, isPair, isScalar, isSeq } from 'yaml'
import type { Draft } from './draft.ts'

/** Values as short as these stand on one line. */
const SHORT = 100

export const yamlOf = ({ object, notes, assumed }: Draft): string => {
  const document = new Document(object)
  if (document.contents) arrange(document.contents, [], notes)
  const head = [
    ' Made by nbs import. Comments say how each value is known: seen in the frames named, inferred, or guessed.',
    ...assumed.map(text => ` Not in the capture: ${printableLine(text)}`),
  ]
  document.commentBefore = head.join('\n')
  return document.toString({ lineWidth: 0 })
}

/** A comment ends with its line, whatever stood in the capture. */
const printableLine = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)

const arrange = (node: unknown, path: readonly string[], notes: Draft['notes']): void => {
  if (isMap(node)) {
    for (const pair of node.items) {
      if (!isPair(pair) || !isScalar(pair.key)) continue
      const at = [...path, String(pair.key.value)]
      arrange(pair.value, at, notes)
      const note = notes.get(at.join(' '))
      if (note !== undefined) remark(pair.key, pair.value, printableLine(note))
    }
    if (path.length > 2 && JSON.stringify(node).length <= SHORT) node.flow = !hasComment(node)
  } else if (isSeq(node)) {
    node.items.forEach(item => arrange(item, [...path, '-'], notes))
    if (node.items.every(isScalar) && JSON.stringify(node).length <= SHORT) node.flow = true
  }
}

const hasComment = (node: unknown): boolean => {
  if (isScalar(node)) return node.comment !== undefined && node.comment !== null
  if (isMap(node))
    return node.items.some(({ key, value }) => hasComment(key) || hasComment(value) || hasBefore(key))
  return isSeq(node) && node.items.some(hasComment)
}

const hasBefore = (key: unknown): boolean => isScalar(key) && Boolean(key.commentBefore)

const remark = (key: { commentBefore?: string | null }, value: unknown, note: string): void => {
  if (isScalar(value)) value.comment = ` ${note}`
  else key.commentBefore = ` ${note}`
}
