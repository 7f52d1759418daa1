/**
 * What a sweep is about: the scenario as it was written, read once, checked with every combination of varied values before the
 * first run, and the identity that its records carry. Does not run anything.
 */
import { createHash } from 'node:crypto'
import type { ImageStore } from '../../nbs/images.ts'
import { MAX_IN_MEMORY_SIZE } from '../../nbs/image-directory.ts'
import { isRefusal } from '../../protocol/tftp/files.ts'
import { type Override, type ScenarioSource, formatScenarioError } from '../../scenario/load.ts'
import type { Scenario } from '../../scenario/model.ts'
import { openSource } from '../../scenario/read-file.ts'
import type { Server } from '../../servers/kind.ts'
import type { Images } from '../../servers/parts/files.ts'
import { type SweepPlan, cellCount, cellValues } from './plan.ts'
import { type SweepIdentity, identityFor } from './record.ts'
import { UsageError } from '../../core/exit.ts'
import { VERSION } from '../../document/home.ts'
import { surroundingsOf } from '../../simulation/node.ts'
import { refusePaced } from '../../simulation/run.ts'

/** Of the hex digits of a SHA-256; enough to tell one scenario from another. */
const HASH_DIGITS = 16

export interface SweepSource {
  readonly scenario: ScenarioSource
  readonly plan: SweepPlan
}

/** Of `ENOENT: no such file or directory, open 'x'` the words. */
export const reasonOf = (error: unknown): string =>
  /^[A-Z0-9]+: ([^,]+)/.exec((error as Error).message)?.[1] ?? (error as Error).message

export const hashOfScenario = (source: ScenarioSource): string =>
  createHash('sha256')
    .update('text' in source ? source.text : JSON.stringify(source.object))
    .digest('hex')
    .slice(0, HASH_DIGITS)

/** A sweep counts outcomes and expects none; what suits twenty machines need not hold for one. */
const WITHOUT_EXPECTATIONS: Override = ['expect', '~']

/** Throws `UsageError` with every mistake on a line of its own. */
export const scenarioOfCell = ({ scenario, plan }: SweepSource, cell: number): Scenario => {
  const overrides = [...cellValues(plan, cell), WITHOUT_EXPECTATIONS]
  const loaded = openSource(scenario, { overrides })
  if (loaded.ok) return loaded.scenario
  // What a value does wrong is blamed on the option it came by.
  const lines = loaded.errors.map(error => formatScenarioError(error).replace(/^--set /, '--vary '))
  throw new UsageError(lines)
}

/** Checks all cells: a sweep does not stop after an hour because of its last value. */
export const identityOf = (source: SweepSource): SweepIdentity => {
  const folders = new Map<string, ImageStore>()
  let title = ''
  for (let cell = 0; cell < cellCount(source.plan); cell++) {
    const scenario = scenarioOfCell(source, cell)
    refusePaced(scenario)
    if (cell === 0) title = scenario.title
    const { imagesOf } = surroundingsOf(scenario)
    for (const images of scenario.servers.flatMap(imagesUsed)) {
      const path = images?.path ?? ''
      if (!folders.has(path)) folders.set(path, imagesOf(images))
    }
  }
  return identityFor(source.plan, {
    version: VERSION,
    title,
    scenario: hashOfScenario(source.scenario),
    images: hashOfImages(folders),
  })
}

/** Files written in the scenario are part of its text. */
const imagesUsed = ({ images }: Server): (Extract<Images, { kind: 'directory' }> | undefined)[] =>
  images?.kind === 'files' ? [] : [images]

/** Of large files the size stands for the content: they may be gigabytes. */
const hashOfImages = (folders: ReadonlyMap<string, ImageStore>): string => {
  const hash = createHash('sha256')
  for (const [path, store] of [...folders].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(JSON.stringify(path))
    for (const name of store.list()) {
      const file = store.open(name)
      if (isRefusal(file)) continue
      hash.update(JSON.stringify([name, file.size]))
      if (file.size <= MAX_IN_MEMORY_SIZE) hash.update(file.read(0, file.size))
    }
  }
  return hash.digest('hex').slice(0, HASH_DIGITS)
}
