// Nodes as the editor hands them to validators and labels.

/** A node with these settings, whose texts are their keys and values: `aci-apic.error.range {"min":1}`. */
export function nodeWith(type: string, settings: Readonly<Record<string, unknown>> = {}): EditorNode {
  return {
    id: 'node',
    type,
    _: (key, values) => (values === undefined ? key : `${key} ${JSON.stringify(values)}`),
    ...settings
  }
}

/** What the editor says when it asks a validator, as it asks. */
export function verdict(node: EditorNode, check: Validator, value: unknown): true | string {
  return check.call(node, value, { label: 'a label' })
}
