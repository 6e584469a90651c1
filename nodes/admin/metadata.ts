// Reads an APIC's own documentation of a class (/doc/jsonmeta/fv/Tenant.json), reduced for the dialogs. One class at a time:
// all of it is many megabytes. Like all that comes from outside, it is untrusted.

import type { NodeAPI } from 'node-red'
import { AciError, assertClassName } from '../apic'
import * as settings from '../runtime/settings'
import type { ClassMetadata, MetadataAnswer, PropertyMetadata } from './answers'
import { inquire } from './inquiry'
import { nodeOf, shortened, type Route } from './route'

/** The largest description that is read, bytes: the one of fvTenant has a fifth of a megabyte. */
const LARGEST = 4 * 1024 * 1024
/** Descriptions that are kept, of all fabrics. */
const MOST_KEPT = 100
const MOST_PROPERTIES = 500
const MOST_OPTIONS = 200
const MOST_CLASSES = 1_000
const LONGEST_TEXT = 200

export function metadataRoute(RED: NodeAPI): Route {
  const kept = new Map<string, ClassMetadata>()

  return {
    method: 'get',
    path: '/aci-apic/:id/meta/:class',
    permission: 'aci-apic.write',
    answer: async (asked): Promise<MetadataAnswer> => {
      const node = nodeOf(RED, asked)
      const className = settings.text(asked.path, 'class')
      const path = pathOf(className)
      if (path === undefined) return { known: false, class: className }
      return inquire(node, asked.signal, async (client, signal) => {
        /** Every release has its own; undefined where it is not known which one this is. */
        const key = (): string | undefined => {
          const { state } = client
          return state.phase === 'up' && state.version !== '' ? `${state.version} ${className}` : undefined
        }
        const known = kept.get(key() ?? '')
        if (known !== undefined) return { known: true, ...known }
        const text = await client.document(path, signal, LARGEST)
        if (text === undefined) return { known: false, class: className }
        const metadata = metadataOf(className, text)
        const name = key()
        if (name !== undefined) {
          kept.set(name, metadata)
          for (const oldest of kept.keys()) if (kept.size > MOST_KEPT) kept.delete(oldest)
        }
        return { known: true, ...metadata }
      })
    }
  }
}

/**
 * Where it is: fvTenant is in the package fv, l3extOut in l3ext. Undefined for what has no package.
 * @throws AciError ACI_CONFIG when it is no name of a class
 */
function pathOf(className: string): string | undefined {
  assertClassName(className)
  const match = /^([a-z][a-z0-9]*)([A-Z][A-Za-z0-9]*)$/.exec(className)
  return match === null ? undefined : `/doc/jsonmeta/${match[1] ?? ''}/${match[2] ?? ''}.json`
}

type Fields = Readonly<Record<string, unknown>>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Reads a description: `{ "fv:Tenant": { label, isAbstract, rnFormat, identifiedBy, contains: { "fv:Ap": "" }, properties:
 * { name: { label, uitype, isConfigurable, isNaming, validValues: [{ localName, label }] } } } }`, as APICs of releases 1 to
 * 6 have it.
 * @throws AciError ACI_PROTOCOL when it is none
 */
export function metadataOf(className: string, text: string): ClassMetadata {
  let all: unknown
  try {
    all = JSON.parse(text)
  } catch {
    // An error page of the web server, for one.
  }
  const described = isFields(all) ? Object.entries(all).find(([name]) => plainName(name) === className)?.[1] : undefined
  if (!isFields(described)) throw new AciError('ACI_PROTOCOL', `the description of ${className} cannot be read`)
  const { identifiedBy, contains, subClasses, properties } = described
  return {
    class: className,
    label: textOf(described['label']) || className,
    isAbstract: described['isAbstract'] === true,
    isConfigurable: described['isConfigurable'] === true,
    isStat: described['isStat'] === true,
    isObservable: described['isObservable'] === true,
    rnFormat: textOf(described['rnFormat']),
    identifiedBy: Array.isArray(identifiedBy) ? identifiedBy.map(textOf).filter(isName).slice(0, MOST_PROPERTIES) : [],
    contains: classesOf(contains),
    kinds: classesOf(subClasses),
    properties: isFields(properties) ? propertiesOf(properties) : []
  }
}

/** The name that everything else has for `fv:Tenant`. */
function plainName(name: string): string {
  return name.replace(':', '')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? shortened(value.trim(), LONGEST_TEXT) : ''
}

function isName(text: string): boolean {
  return /^[a-zA-Z][A-Za-z0-9_]*$/.test(text)
}

function classesOf(value: unknown): string[] {
  const names = isFields(value) ? Object.keys(value).map(plainName).filter(isName) : []
  return names.sort().slice(0, MOST_CLASSES)
}

function propertiesOf(properties: Fields): PropertyMetadata[] {
  return Object.keys(properties)
    .filter(isName)
    .sort()
    .slice(0, MOST_PROPERTIES)
    .flatMap((name) => {
      const property = properties[name]
      return isFields(property) ? [propertyOf(name, property)] : []
    })
}

function propertyOf(name: string, property: Fields): PropertyMetadata {
  const values: readonly unknown[] = Array.isArray(property['validValues']) ? property['validValues'] : []
  const options = values.flatMap((item) => {
    // Beside its values an APIC lists the default, under a name of its own.
    const value = isFields(item) ? textOf(item['localName']) : ''
    return !isFields(item) || value === '' || value === 'defaultValue'
      ? []
      : [{ value, label: textOf(item['label']) || value }]
  })
  return {
    name,
    label: textOf(property['label']) || name,
    type: textOf(property['uitype']) || 'string',
    isConfigurable: property['isConfigurable'] === true,
    isNaming: property['isNaming'] === true,
    options: options.slice(0, MOST_OPTIONS)
  }
}
