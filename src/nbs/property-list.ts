/**
 * Reads an XML property list, as image folders describe themselves with: dict, array, string, integer, real, true,
 * false, date, data (the last two as text). Bounded, and never throws. Does not read binary property lists, entities
 * of a DTD, or other XML.
 */

export type PropertyValue = string | number | boolean | readonly PropertyValue[] | PropertyDict
export interface PropertyDict {
  readonly [key: string]: PropertyValue
}

/** In characters; real descriptions have two thousand. */
export const MAX_PROPERTY_LIST = 256 * 1024
/** Nesting of elements in a property list; deeper is refused. */
export const MAX_PROPERTY_DEPTH = 16

/** Undefined if it is none. */
export const parsePropertyList = (text: string): PropertyValue | undefined => {
  if (text.length > MAX_PROPERTY_LIST) return undefined
  try {
    return new Reader(text).read()
  } catch (cause) {
    if (cause instanceof NoPropertyList) return undefined
    throw cause
  }
}

export const isDict = (value: PropertyValue | undefined): value is PropertyDict =>
  typeof value === 'object' && !Array.isArray(value)

class NoPropertyList extends Error {}

/** A tag, or the text before it. */
interface Tag {
  readonly name: string
  readonly kind: 'open' | 'close' | 'empty'
  readonly before: string
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): PropertyValue {
    let tag = this.#tag()
    if (tag.name === 'plist' && tag.kind === 'open') tag = this.#tag()
    return this.#value(tag, 0)
  }

  #value(tag: Tag, depth: number): PropertyValue {
    if (tag.kind === 'close' || depth > MAX_PROPERTY_DEPTH) throw new NoPropertyList()
    const { name, kind } = tag
    if (name === 'true' || name === 'false') {
      if (kind === 'open') this.#close(name)
      return name === 'true'
    }
    if (name === 'dict') return kind === 'empty' ? {} : this.#dict(depth)
    if (name === 'array') return kind === 'empty' ? [] : this.#array(depth)
    const text = kind === 'empty' ? '' : this.#close(name)
    if (name === 'string' || name === 'date' || name === 'data') return text
    if (name !== 'integer' && name !== 'real') throw new NoPropertyList()
    const number = Number(text.trim())
    if (text.trim() === '' || Number.isNaN(number)) throw new NoPropertyList()
    return number
  }

  #dict(depth: number): PropertyDict {
    const entries = new Map<string, PropertyValue>()
    for (;;) {
      const tag = this.#tag()
      if (tag.name === 'dict' && tag.kind === 'close') return Object.fromEntries(entries)
      if (tag.name !== 'key') throw new NoPropertyList()
      const key = tag.kind === 'empty' ? '' : this.#close('key')
      entries.set(key, this.#value(this.#tag(), depth + 1))
    }
  }

  #array(depth: number): PropertyValue[] {
    const items: PropertyValue[] = []
    for (;;) {
      const tag = this.#tag()
      if (tag.name === 'array' && tag.kind === 'close') return items
      items.push(this.#value(tag, depth + 1))
    }
  }

  /** The text up to the closing tag, which must come next. */
  #close(name: string): string {
    const tag = this.#tag()
    if (tag.name !== name || tag.kind !== 'close') throw new NoPropertyList()
    return unescaped(tag.before)
  }

  /** The next tag; comments, declarations and processing instructions are skipped. */
  #tag(): Tag {
    let before = ''
    for (;;) {
      const start = this.#text.indexOf('<', this.#at)
      if (start < 0) throw new NoPropertyList()
      before += this.#text.slice(this.#at, start)
      const isComment = this.#text.startsWith('<!--', start)
      const end = this.#text.indexOf(isComment ? '-->' : '>', start)
      if (end < 0) throw new NoPropertyList()
      this.#at = end + (isComment ? 3 : 1)
      const first = this.#text[start + 1]
      if (first === '!' || first === '?') continue
      const inner = this.#text.slice(start + 1, end)
      const kind = first === '/' ? 'close' : inner.endsWith('/') ? 'empty' : 'open'
      return { name: inner.replace(/^\/|\/$/g, '').split(/\s/, 1)[0] ?? '', kind, before }
    }
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const unescaped = (text: string): string =>
  text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|\w{2,4});/gi, (whole, name: string) => {
    const code = name.startsWith('#x')
      ? parseInt(name.slice(2), 16)
      : name.startsWith('#')
        ? Number(name.slice(1))
        : undefined
    if (code === undefined) return ENTITIES[name] ?? whole
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
