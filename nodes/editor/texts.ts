// The texts of the dialogs. They never repeat what was typed: parts of the editor show them as HTML.

type Values = Readonly<Record<string, string | number>>

/** A text of the node's own type: `label.name`, `error.dn`. */
export function wordOf(node: EditorNode, key: string, values?: Values): string {
  return node._(`${node.type}.${key}`, values)
}

/** A text of what several dialogs have; those are kept with aci-apic's, which all of them need: `routes.denied`. */
export function commonWord(key: string, values?: Values): string {
  return RED._(`@aci-flow/node-red-aci/aci-apic:aci-apic.${key}`, values)
}

/** A number as the editor's language writes it: `1,234`. */
export function numberWord(number: number): string {
  return number.toLocaleString(RED.i18n.lang())
}
