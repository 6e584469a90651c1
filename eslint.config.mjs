// Type-aware lint of everything that is TypeScript; plain rules for the few scripts that must run before anything is installed.
import js from '@eslint/js'
import tseslint from 'typescript-eslint'
import globals from 'globals'

export default tseslint.config(
  { ignores: ['dist/', 'resources/', '.demo/', '.matrix/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // `${count}` of a number is what a reader expects; the other implicit conversions stay forbidden.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      eqeqeq: 'error'
    }
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // In tests an absent element is a failing test either way, and the assertion says so soonest.
      '@typescript-eslint/no-non-null-assertion': 'off'
    }
  },
  { files: ['**/*.mjs', '**/*.cjs'], languageOptions: { globals: globals.node } }
)
