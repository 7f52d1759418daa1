/**
 * A scenario as an object: in the shape of a scenario file, generated from the format's own schema. Types only.
 */
import type { ScenarioFile } from '../../schema/scenario.d.ts'

/** The same fields and values as in YAML, so that a file's text, parsed, is one. */
export type ScenarioObject = ScenarioFile
