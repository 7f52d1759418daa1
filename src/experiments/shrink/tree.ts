/**
 * A scenario's YAML as a tree that things can be taken out of: by path, with its comments and its style kept, and
 * with what refers to nothing any more repaired by what the loader complains about. Does not decide what to take out.
 */
import { type Document, type Node, type Pair, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import type { Loaded, ScenarioError } from '../../scenario/load.ts'
import type { Scenario } from '../../scenario/model.ts'

/** Keys and indices from the root, as `servers.nbs-a` or `faults[2]`. */
export type Steps = readonly (string | number)[]

export const formatSteps = (steps: Steps): string =>
  steps.map((step, at) => (typeof step === 'number' ? `[${step}]` : at === 0 ? step : `.${step}`)).join('')

/** `faults[2].at`, `servers.dhcp.images.installer.0`: names may hold dots, so the tree says what is a name. */
const parseSteps = (tree: ShrinkTree, field: string): Steps => {
  const parts = field.replace(/\[(\d+)\]/g, '.$1').split('.')
  const steps: (string | number)[] = []
  let node: unknown = tree.node([])
  while (parts.length > 0) {
    let taken = 1
    if (isMap(node))
      for (let length = parts.length; length > 1; length--)
        if (pairOf(node, parts.slice(0, length).join('.'))) taken = length
    const step = parts.splice(0, taken).join('.')
    steps.push(isSeq(node) ? Number(step) : step)
    node = tree.node(steps)
  }
  return steps
}

const pairOf = (map: Node, key: string): Pair | undefined =>
  isMap(map) ? map.items.find(pair => isScalar(pair.key) && String(pair.key.value) === key) : undefined

export class ShrinkTree {
  readonly #document: Document
  /** The file writes `[a, b]`, not `[ a, b ]`. */
  readonly #tight: boolean

  private constructor(document: Document, tight: boolean) {
    this.#document = document
    this.#tight = tight
  }

  static parse(text: string): ShrinkTree {
    return new ShrinkTree(parseDocument(text, { merge: true }), !/\[ /.test(text))
  }

  copy(): ShrinkTree {
    return new ShrinkTree(this.#document.clone(), this.#tight)
  }

  node(steps: Steps): unknown {
    let node: unknown = this.#document.contents
    for (const step of steps) {
      if (isMap(node)) node = pairOf(node, String(step))?.value
      else node = isSeq(node) ? node.items[Number(step)] : undefined
    }
    return node
  }

  /** The value of a scalar; undefined for anything else, and for nothing. */
  value(steps: Steps): string | number | boolean | undefined {
    const node = this.node(steps)
    const value: unknown = isScalar(node) ? node.value : undefined
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? value
      : undefined
  }

  /** Keys of a map, indices of a list. */
  children(steps: Steps): (string | number)[] {
    const node = this.node(steps)
    if (isMap(node)) return node.items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : []))
    return isSeq(node) ? [...node.items.keys()] : []
  }

  /** False where nothing is there. A map or list of a field that this leaves empty goes with it. */
  remove(steps: Steps): boolean {
    const parent = this.node(steps.slice(0, -1))
    const last = steps.at(-1)
    if (last === undefined) return false
    if (isMap(parent)) {
      const pair = pairOf(parent, String(last))
      if (!pair) return false
      parent.items.splice(parent.items.indexOf(pair), 1)
    } else if (isSeq(parent) && Number(last) < parent.items.length) parent.items.splice(Number(last), 1)
    else return false
    if ((isMap(parent) || isSeq(parent)) && parent.items.length === 0 && steps.length > 1)
      this.remove(steps.slice(0, -1))
    return true
  }

  /** `style` of a new text: MACs and patterns are quoted in scenarios. */
  set(steps: Steps, value: unknown, style?: 'QUOTE_SINGLE'): boolean {
    const parent = this.node(steps.slice(0, -1))
    const key = steps.at(-1)
    if (key === undefined) return false
    const node = this.#document.createNode(value, { flow: true })
    if (style && isScalar(node)) node.type = style
    if (isMap(parent)) {
      const pair = pairOf(parent, String(key))
      if (pair) pair.value = node
      // The seed stands under the title.
      else
        parent.items.splice(key === 'seed' ? 1 : parent.items.length, 0, this.#document.createPair(key, node))
    } else if (isSeq(parent)) parent.items[Number(key)] = node
    else return false
    return true
  }

  /** Gives the thing at `steps` another name, in its place. */
  rename(steps: Steps, name: string): boolean {
    const parent = this.node(steps.slice(0, -1))
    const pair = isMap(parent) ? pairOf(parent, String(steps.at(-1))) : undefined
    if (!pair || !isScalar(pair.key)) return false
    pair.key.value = name
    return true
  }

  /** Undefined where the tree cannot be written any more: an alias has lost its anchor. */
  text(): string | undefined {
    let text: string
    try {
      text = this.#document.toString({ lineWidth: 0 })
    } catch {
      return undefined
    }
    if (!this.#tight) return text
    const tight = text.replace(/\[ (?=\S)/g, '[').replace(/(?<=\S) \]/g, ']')
    // A bracket inside a sentence is not a list.
    return JSON.stringify(parseDocument(tight).toJSON()) === JSON.stringify(this.#document.toJSON())
      ? tight
      : text
  }
}

/** The text with every image folder named anew. */
export const withDirectories = (text: string, rename: (directory: string) => string): string => {
  const tree = ShrinkTree.parse(text)
  for (const server of tree.children(['servers'])) {
    const steps = ['servers', server, 'images']
    const directory = tree.value(steps)
    if (typeof directory === 'string') tree.set(steps, rename(directory))
  }
  return tree.text() ?? text
}

/** Rounds of repair: what refers to what refers to a removed thing. */
const MAX_ROUNDS = 12

/**
 * Takes out what the loader complains about, until it loads. A field that is missing cannot be taken out: then what
 * it is missing from goes. Undefined where a whole collection would have to.
 */
export const repaired = (
  tree: ShrinkTree,
  load: (text: string) => Loaded,
): { readonly scenario: Scenario; readonly text: string } | undefined => {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const text = tree.text()
    if (text === undefined) return undefined
    const loaded = load(text)
    if (loaded.ok) return { scenario: loaded.scenario, text }
    // Later items of a list first: removing one moves those behind it.
    if (!loaded.errors.toReversed().every(error => takeOut(tree, error))) return undefined
  }
  return undefined
}

const takeOut = (tree: ShrinkTree, { field }: ScenarioError): boolean => {
  const steps = parseSteps(tree, field)
  for (let length = steps.length; length >= MIN_STEPS; length--)
    if (tree.remove(steps.slice(0, length))) return true
  // It went with something else in this round.
  return steps.length >= MIN_STEPS
}

/** `servers.nbs-a` may go; `servers` may not. */
const MIN_STEPS = 2
