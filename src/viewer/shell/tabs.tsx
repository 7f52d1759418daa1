/**
 * Tabs as WAI-ARIA has them: one stop for Tab, arrows between them. Only the tab that is seen is rendered.
 */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'

export interface TabsProps {
  readonly label: string
  readonly first: string
  readonly tabs: readonly {
    readonly id: string
    readonly title: string
    readonly content: () => ComponentChildren
  }[]
}

export const Tabs = ({ label, first, tabs }: TabsProps) => {
  const [chosen, setChosen] = useState(first)
  const tab = tabs.find(({ id }) => id === chosen) ?? tabs[0]!
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length]!
    setChosen(next.id)
    document.getElementById(`tab-${next.id}`)?.focus()
  }
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map(({ id, title }) => (
          <button
            key={id}
            id={`tab-${id}`}
            type="button"
            role="tab"
            aria-selected={id === tab.id}
            aria-controls={`view-${tab.id}`}
            tabIndex={id === tab.id ? 0 : -1}
            onClick={() => setChosen(id)}
          >
            {title}
          </button>
        ))}
      </div>
      <div class="tab-view" role="tabpanel" id={`view-${tab.id}`} aria-labelledby={`tab-${tab.id}`}>
        {tab.content()}
      </div>
    </>
  )
}
