// What an APIC's documentation says of one class: /doc/jsonmeta/fv/Tenant.json. The form is Cisco's, every label and value
// in it comes from the simulator's own model; comments, statistics and much else are left out.
import type { ManagedClass, Model } from './model'
import { rawReply, webPageReply } from './reply'
import type { Reply } from './reply'

/** `/doc/jsonmeta/fv/Tenant.json`; anybody may read it. */
const PATH = /^\/doc\/jsonmeta\/([a-z][a-z0-9]*)\/([A-Z][A-Za-z0-9]*)\.json$/

/** The reply to a request of that path; undefined where it is none for metadata. */
export const metadataReply = (path: string, model: Model): Reply | undefined => {
  const match = PATH.exec(path)
  if (!match) return undefined
  const metadata = metadataOf(`${match[1]!}${match[2]!}`, model)
  return metadata ? rawReply(200, JSON.stringify(metadata)) : webPageReply(404)
}

const metadataOf = (name: string, model: Model): Record<string, unknown> | undefined => {
  const cls = model.find(name)
  const kinds = (model.kindsOf(name) ?? []).flatMap((kind) => model.find(kind) ?? [])
  // Of an abstract class its kinds tell what it is like.
  const sample = cls ?? kinds[0]
  if (!sample) return undefined
  const { pkg, rest } = split(name)
  const { kind } = sample
  return {
    [`${pkg}:${rest}`]: {
      identifiedBy: cls ? [...cls.naming] : [],
      rnFormat: cls ? cls.rn.text : '',
      containedBy: cls?.parents ? names([...cls.parents].filter((parent) => parent !== '')) : {},
      contains: cls ? names(contained(cls, model)) : {},
      superClasses: model.abstractNames().filter((other) => cls && model.kindsOf(other)?.includes(name)),
      subClasses: cls ? {} : names(kinds.map((one) => one.name)),
      isAbstract: !cls,
      isConfigurable: kind === 'config',
      isObservable: kind === 'config' || kind === 'oper',
      isStat: kind === 'stats',
      className: rest,
      classPkg: pkg,
      label: rest,
      properties: Object.fromEntries(properties(sample))
    }
  }
}

const split = (name: string): { pkg: string; rest: string } => {
  const [, pkg = '', rest = ''] = /^([a-z0-9]+)(.*)$/.exec(name) ?? []
  return { pkg, rest }
}

const names = (classes: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    classes.map((name) => {
      const { pkg, rest } = split(name)
      return [`${pkg}:${rest}`, '']
    })
  )

const contained = (cls: ManagedClass, model: Model): string[] =>
  [...model.classes()].filter((other) => isPlaced(other) && other.fitsUnder(cls.name)).map(({ name }) => name)

/** Records stand nowhere, and of classes that are known by name only it is not known where. */
const isPlaced = ({ kind, parents, template, naming }: ManagedClass): boolean =>
  kind !== 'record' && (parents !== undefined || Object.keys(template).length > EVERYWHERE.size + naming.size)

const EVERYWHERE: ReadonlySet<string> = new Set(['childAction', 'dn', 'modTs', 'status'])

const properties = (cls: ManagedClass): [string, Record<string, unknown>][] =>
  [...new Set([...Object.keys(cls.template), ...cls.naming])].map((name) => {
    const values = cls.values[name]
    const isConfigurable = cls.configurable.has(name) || (cls.kind === 'config' && cls.naming.has(name))
    const common = {
      label: words(name),
      isConfigurable,
      isNaming: cls.naming.has(name),
      readOnly: !isConfigurable,
      implicit: !isConfigurable,
      secure: name === 'pwd'
    }
    if (!values) return [name, { ...common, baseType: 'string:Basic', uitype: name === 'dn' ? 'auto' : 'string' }]
    const fallback = cls.template[name] ?? ''
    const known = values.map((value, at) => ({ value: String(at), localName: value, label: words(value) }))
    // An APIC lists the default beside the values, under this name.
    const validValues = [{ value: fallback, localName: 'defaultValue', label: ' ' }, ...known]
    return [name, { ...common, baseType: 'scalar:Enum8', uitype: 'enum', validValues, default: fallback }]
  })

/** `pcEnfPref` as words: Pc enf pref. An APIC's labels end with a space as often as not. */
const words = (name: string): string => {
  const spaced = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/-/g, ' ')
    .toLowerCase()
  return `${spaced.charAt(0).toUpperCase()}${spaced.slice(1)} `
}
