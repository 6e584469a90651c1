// What the dialogs know of classes without an APIC, in the editor's language.

import { KINDS } from '../../apic/protocol/grammar'
import { Catalogue } from './catalogue'
import { ClassSearch } from './class-search'

interface Knowledge {
  readonly catalogue: Catalogue
  readonly search: ClassSearch
}

let knowledge: Knowledge | undefined

/** Made when the first dialog opens: the language is not known before. */
export function known(): Knowledge {
  if (knowledge === undefined) {
    const catalogue = new Catalogue(RED.i18n.lang(), KINDS)
    knowledge = { catalogue, search: new ClassSearch(catalogue) }
  }
  return knowledge
}
