// The class catalogue in one language: what is known of a class without asking an APIC. It works offline.

import { attributesOf, hasAttributes, type Attributes } from './attributes'
import { CLASSES, GROUPS, isStatistic, type ClassName, type Group } from './classes'
import { languageOf, textsOf, type Language } from './language'

/** Abstract classes, and the concrete classes that their objects have. */
export type Kinds = ReadonlyMap<string, readonly string[]>

export interface CatalogueEntry {
  readonly name: ClassName
  readonly group: Group
  readonly label: string
  readonly groupLabel: string
  /** Nothing is ever pushed of its objects: a subscription stays silent. */
  readonly isStatistic: boolean
  /** Of an abstract class, the concrete classes its objects have. */
  readonly kinds: readonly string[]
}

export class Catalogue {
  readonly language: Language
  /** In the order in which they are offered where nothing else tells them apart. */
  readonly entries: readonly CatalogueEntry[]
  private readonly byName: ReadonlyMap<string, CatalogueEntry>

  /**
   * @param languageTag the browser's, such as `de-AT`
   * @param kinds the client's table of abstract classes
   */
  constructor(
    languageTag: string,
    readonly kinds: Kinds = new Map()
  ) {
    this.language = languageOf(languageTag)
    const { classes, groups } = textsOf(this.language)
    this.entries = GROUPS.flatMap((group) =>
      CLASSES[group].map((name) => ({
        name,
        group,
        label: classes[name],
        groupLabel: groups[group],
        isStatistic: isStatistic(name),
        kinds: kinds.get(name) ?? []
      }))
    )
    this.byName = new Map(this.entries.map((entry) => [entry.name, entry]))
  }

  find(name: string): CatalogueEntry | undefined {
    return this.byName.get(name)
  }

  /**
   * The attributes to offer for a class. An abstract class has those that all its concrete classes have, as far as they
   * are known here.
   */
  attributesOf(name: string): Attributes {
    const [first, ...others] = (this.kinds.get(name) ?? []).filter(hasAttributes).map(attributesOf)
    if (hasAttributes(name) || first === undefined) return attributesOf(name)
    const shared = Object.entries(first).filter(([attribute]) => others.every((kind) => Object.hasOwn(kind, attribute)))
    return Object.fromEntries(shared)
  }

  /** The classes that a filter of a query for these may name: themselves, and the concrete ones of abstract ones. */
  filterable(names: readonly string[]): string[] {
    return [...new Set([...names, ...names.flatMap((name) => this.kinds.get(name) ?? [])])]
  }
}
