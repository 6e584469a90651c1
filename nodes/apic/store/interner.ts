// Keeps equal attribute values of a store once. Most attributes of a class have few values among all its objects (a bridge
// domain's DN, a default policy), and JSON.parse makes a new string each time.

import type { Attributes } from '../protocol/attributes'

/** JSON.parse of V8 itself makes strings up to this length once. */
const SHORT = 10
/** Values of one attribute that are kept. */
const MOST_VALUES = 4_096
/** An attribute is looked at for so many values; one of which most are new by then is left alone, such as the DN. */
const TRIAL = 512

/** The values of one attribute of one class. */
interface Values {
  readonly known: Map<string, string>
  /** How many were known already. */
  hits: number
}

export class Interner {
  /** By class and attribute; undefined for an attribute whose values mostly differ. */
  private readonly classes = new Map<string, Map<string, Values | undefined>>()

  /** Puts the one string of each value in place of its equals. */
  all(className: string, attributes: Attributes): void {
    let ofClass = this.classes.get(className)
    if (ofClass === undefined) {
      ofClass = new Map()
      this.classes.set(className, ofClass)
    }
    for (const name in attributes) {
      const value = attributes[name] ?? ''
      if (value.length <= SHORT) continue
      const values = ofClass.get(name)
      if (values !== undefined) attributes[name] = one(values, value, ofClass, name)
      else if (!ofClass.has(name)) ofClass.set(name, { known: new Map([[value, value]]), hits: 0 })
    }
  }

  /** The one string of that value. */
  value(className: string, name: string, value: string): string {
    if (value.length <= SHORT) return value
    return this.classes.get(className)?.get(name)?.known.get(value) ?? value
  }

  clear(): void {
    this.classes.clear()
  }
}

function one(values: Values, value: string, ofClass: Map<string, Values | undefined>, name: string): string {
  const { known } = values
  const same = known.get(value)
  if (same !== undefined) {
    values.hits += 1
    return same
  }
  if (known.size < MOST_VALUES) known.set(value, value)
  if (known.size >= TRIAL && values.hits < known.size) ofClass.set(name, undefined)
  return value
}
