// What the page object asks the editor itself, beside what the dialogs use of it.

interface RedNodes {
  /** Nodes of the flows; configuration nodes are not among them. */
  eachNode(visit: (node: EditorNode & { readonly valid: boolean; readonly validationErrors?: string[] }) => void): void
}

interface RedEditor {
  readonly actions: { invoke(name: string): void }
  readonly view: { selection(): { readonly nodes?: readonly EditorNode[] } }
}
