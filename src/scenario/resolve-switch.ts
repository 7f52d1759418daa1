/**
 * What the switch of a subnet does beyond forwarding: whom it trusts must stand on that subnet. Does not switch.
 */
import type { SwitchRules } from '../network/virtual/switch.ts'
import type { Checking } from './checking.ts'
import type { ScenarioForm } from './format.ts'

type SwitchForm = NonNullable<ScenarioForm['subnets'][string]['switch']>

export const resolveSwitch = (
  checking: Checking,
  subnet: string,
  { forwardingDelay, trusted, dropAbove }: SwitchForm,
): SwitchRules => {
  const path = ['subnets', subnet, 'switch', 'trusted']
  for (const [index, name] of (trusted ?? []).entries()) {
    const at = trusted!.length === 1 ? path : [...path, index]
    if (!checking.known(['servers', 'routers'], name, at)) continue
    const { servers, routers } = checking.form
    const joins = routers[name]?.joins
    const places =
      joins === undefined ? [servers[name]?.on] : Array.isArray(joins) ? joins : Object.keys(joins)
    // Of a server or router that is wrong itself, nothing is known.
    if ((joins !== undefined || servers[name]) && !places.includes(subnet))
      checking.complain(at, `${name} is not on subnet ${subnet}, so it has no port there`)
  }
  return {
    forwardingDelay,
    ...(trusted && { trusted }),
    ...(dropAbove !== undefined && { dropAbove }),
  }
}
