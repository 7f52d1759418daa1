/**
 * Rules of the book where a story names them: the sentence on the id for whoever points at it or hears the page, a way
 * to the entry, and the entries themselves. Shows rules; knows none.
 */
import type { ComponentChildren } from 'preact'
import { familyOf, findRule, idsIn } from '../rules/book.ts'
import { CONFIDENCE } from '../rules/rule.ts'

/** For places that must not hold links, such as buttons and options of a list. */
export const RuleId = ({ id }: { readonly id: string }) => (
  <span class="rule" title={findRule(id)?.sentence}>
    {id}
  </span>
)

/** Leads to the entry of the rule in `RuleEntries`. */
export const RuleLink = ({ id }: { readonly id: string }) => {
  const rule = findRule(id)
  if (!rule) return <RuleId id={id} />
  return (
    <a
      class="rule"
      href={`#${placeOf(id)}`}
      title={rule.sentence}
      aria-label={`Rule ${id}: ${rule.sentence}`}
      onClick={event => {
        // The address of the page is not ours to change.
        event.preventDefault()
        const entry = document.getElementById(placeOf(id))
        entry?.scrollIntoView({ block: 'nearest' })
        entry?.focus({ preventScroll: true })
      }}
    >
      {id}
    </a>
  )
}

/** A text in which ids of rules tell their sentence. */
export const RuleText = ({ text }: { readonly text: string }) => {
  const parts: ComponentChildren[] = []
  let rest = text
  for (const id of idsIn(text)) {
    const at = rest.indexOf(id)
    parts.push(rest.slice(0, at), <RuleId id={id} />)
    rest = rest.slice(at + id.length)
  }
  return (
    <>
      {parts}
      {rest}
    </>
  )
}

/** What the book says of the rules, each once. */
export const RuleEntries = ({ ids }: { readonly ids: readonly string[] }) => {
  const rules = [...new Set(ids)].flatMap(id => findRule(id) ?? [])
  if (rules.length === 0) return null
  return (
    <>
      <h3>The rules named here</h3>
      <dl class="rules">
        {rules.map(rule => (
          <div key={rule.id} id={placeOf(rule.id)} tabIndex={-1}>
            <dt>
              {rule.id} <small>{familyOf(rule)?.title}</small>
            </dt>
            <dd>
              {rule.sentence}{' '}
              <small>
                {rule.measured === undefined
                  ? `Not measured: ${CONFIDENCE[rule.confidence]}, ${rule.source}.`
                  : `Measured: ${rule.measured}.`}
              </small>
            </dd>
          </div>
        ))}
      </dl>
    </>
  )
}

const placeOf = (id: string): string => `rule-${id}`
