// What every language has to say of the catalogue. A missing or left-over key does not compile.

import type { ClassName, Group } from '../classes'

export interface CatalogueTexts {
  readonly groups: Readonly<Record<Group, string>>
  /** A plain label, in words an engineer uses. */
  readonly classes: Readonly<Record<ClassName, string>>
  /** Other words for a class, with commas between them. They are searched, and never shown. */
  readonly words: Readonly<Partial<Record<ClassName, string>>>
}
