// What an APIC may say of a class, for tests.

import type { ClassMetadata } from '../../nodes/admin/answers'

/** A description that says hardly anything but what is given. */
export function described(given: Partial<ClassMetadata>): ClassMetadata {
  return {
    class: 'acmeThing',
    label: 'Thing',
    isAbstract: false,
    isConfigurable: true,
    isStat: false,
    isObservable: true,
    rnFormat: '',
    identifiedBy: [],
    contains: [],
    kinds: [],
    properties: [],
    ...given
  }
}
