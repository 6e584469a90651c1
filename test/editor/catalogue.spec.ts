// The catalogue is complete in every language, and agrees with what the simulator knows of the same classes.

import assert from 'node:assert/strict'
import { queriesOf } from '../../nodes/apic/protocol/query'
import { Catalogue } from '../../nodes/editor/classes/catalogue'
import { attributesOf, WATCHED } from '../../nodes/editor/classes/catalogue/attributes'
import { CLASSES, GROUPS, isStatistic } from '../../nodes/editor/classes/catalogue/classes'
import { languageOf, LANGUAGE_TAGS, textsOf } from '../../nodes/editor/classes/catalogue/language'
import { RELATIVE_NAMES } from '../../nodes/editor/dn/relative-names'
import { ABSTRACT, CLASSES as SIMULATED } from '../simulator/classes'
import { Model } from '../simulator/model'

const names = GROUPS.flatMap((group): string[] => [...CLASSES[group]])
const model = new Model(SIMULATED, ABSTRACT)
const duplicates = (texts: readonly string[]): string[] => texts.filter((text, index) => texts.indexOf(text) !== index)

describe('the class catalogue', () => {
  it('has the classes that people watch, each once and in one group', () => {
    assert.ok(names.length >= 220, `${names.length}`)
    assert.deepEqual(duplicates(names), [])
    assert.equal(GROUPS.length, 20)
  })

  it('names classes as an APIC does', () => {
    for (const name of names) {
      assert.match(name, /^[a-z]+[0-9]*[a-z]*[A-Z][A-Za-z0-9]+$/)
      assert.equal(
        queriesOf({ target: 'class', classes: [name], dn: '', scope: 'self', subtreeClasses: [], filter: '' }).length,
        1
      )
    }
  })

  for (const language of LANGUAGE_TAGS) {
    it(`says in ${language} what every class and group is, each in its own words`, () => {
      const { classes, groups, words } = textsOf(language)
      assert.deepEqual(Object.keys(classes).sort(), [...names].sort())
      assert.deepEqual(Object.keys(groups).sort(), [...GROUPS].sort())
      const labels = [...Object.values(classes), ...Object.values(groups)]
      for (const label of labels) {
        assert.equal(label, label.trim())
        assert.notEqual(label, '')
        assert.ok(label.length <= 80, label)
      }
      assert.deepEqual(duplicates(Object.values(classes)), [])
      for (const [name, text] of Object.entries(words)) {
        const single = text.split(', ')
        assert.ok(
          single.every((word) => word !== '' && word === word.trim() && !word.includes(',')),
          name
        )
        assert.deepEqual(duplicates(single), [], name)
      }
    })
  }

  it('is written in the language and not left in English', () => {
    const english = textsOf('en-US').classes
    for (const language of LANGUAGE_TAGS.filter((tag) => tag !== 'en-US')) {
      const same = Object.entries(textsOf(language).classes).filter(
        ([name, label]) => label === english[name as keyof typeof english]
      )
      // Words that are the same in it, such as FPGA; in another script hardly any is.
      assert.ok(same.length <= (language === 'de' ? 20 : 3), `${language}: ${same.map(([name]) => name).join(' ')}`)
    }
    for (const label of Object.values(textsOf('ja').classes))
      assert.match(label, /[\p{Script=Katakana}\p{Script=Hiragana}\p{Script=Han}]|^FPGA$/u)
    for (const label of Object.values(textsOf('zh-CN').classes)) assert.match(label, /\p{Script=Han}|^FPGA$|Pod$/u)
  })

  it('is offered in the language of the browser', () => {
    const spoken = {
      'en-US': 'en-US',
      en: 'en-US',
      'de-AT': 'de',
      de: 'de',
      ja: 'ja',
      'ja-JP': 'ja',
      'zh-CN': 'zh-CN',
      zh: 'zh-CN',
      'zh-Hans-SG': 'zh-CN'
    }
    for (const [tag, language] of Object.entries(spoken)) assert.equal(languageOf(tag), language, tag)
    for (const tag of ['fr', 'zh-TW', 'zh-Hant', '', 'dex', '__proto__', 'constructor'])
      assert.equal(languageOf(tag), 'en-US', tag)
    assert.equal(new Catalogue('de').find('fvTenant')?.label, 'Tenant (Mandant)')
    assert.equal(new Catalogue('fr').find('fvTenant')?.label, 'Tenant')
  })

  it('marks what never pushes, even of classes it does not have', () => {
    for (const name of CLASSES.statistics) assert.ok(isStatistic(name), name)
    for (const name of ['eqptEgrTotalHist1d', 'fvFltCounter1year', 'l2IngrPktsPartHist1qtr', 'procCPU15min'])
      assert.ok(isStatistic(name), name)
    for (const group of GROUPS.filter((other) => other !== 'statistics')) {
      for (const name of CLASSES[group]) assert.ok(!isStatistic(name), name)
    }
    const entry = new Catalogue('en').find('eqptIngrTotal5min')
    assert.equal(entry?.isStatistic, true)
    assert.equal(entry.group, 'statistics')
  })

  it('knows nothing of what is not in it', () => {
    for (const name of ['fvNothing', 'FvTenant', 'constructor', '__proto__', 'toString', '']) {
      assert.equal(new Catalogue('en').find(name), undefined)
      assert.deepEqual(Object.keys(attributesOf(name)), ['dn', 'modTs'])
    }
  })
})

describe('the attributes of a class', () => {
  it('are known of the classes watched most, with values where they have a few', () => {
    assert.ok(WATCHED.length >= 60, `${WATCHED.length}`)
    assert.deepEqual(attributesOf('faultInst')['severity'], {
      kind: 'choice',
      values: ['critical', 'major', 'minor', 'warning', 'info', 'cleared']
    })
    assert.ok(attributesOf('ethpmPhysIf')['operSt']?.values.includes('down'))
    assert.ok(attributesOf('fabricNode')['fabricSt']?.values.includes('inactive'))
    assert.equal(attributesOf('fvSubnet')['scope']?.kind, 'flags')
  })

  it('are dn and modTs of every class', () => {
    for (const name of names) {
      assert.equal(attributesOf(name)['dn']?.kind, 'text')
      assert.equal(attributesOf(name)['modTs']?.kind, 'time')
    }
  })

  it('have values, each once, where they are a choice or flags, and nowhere else', () => {
    for (const name of WATCHED) {
      for (const [attribute, { kind, values }] of Object.entries(attributesOf(name))) {
        assert.equal(values.length > 0, kind === 'choice' || kind === 'flags', `${name}.${attribute}`)
        assert.deepEqual(duplicates(values), [], `${name}.${attribute}`)
      }
    }
  })

  it('take the values that the simulator takes, too', () => {
    // In recent releases alone.
    const newer = new Set(['fvCtx.pcEnfDir=mixed'])
    let compared = 0
    for (const name of WATCHED) {
      const simulated = model.find(name)
      for (const [attribute, { values }] of Object.entries(attributesOf(name))) {
        if (simulated?.has(attribute) !== true) continue
        for (const value of values) {
          compared += 1
          const which = `${name}.${attribute}=${value}`
          assert.ok(simulated.admits(attribute, value) || newer.has(which), which)
        }
      }
    }
    assert.ok(compared > 100, `${compared}`)
  })

  it('are, of an abstract class, those its concrete classes share', () => {
    const catalogue = new Catalogue(
      'en',
      new Map([
        ['fvEPg', ['fvAEPg', 'l3extInstP', 'fvUnheardOf']],
        ['faultInfo', ['faultInst']]
      ])
    )
    const shared = catalogue.attributesOf('fvEPg')
    assert.ok(shared['prefGrMemb'] !== undefined && shared['dn'] !== undefined)
    assert.equal(shared['isAttrBasedEPg'], undefined, 'only fvAEPg has it')
    assert.deepEqual(catalogue.attributesOf('faultInfo'), attributesOf('faultInfo'))
    assert.deepEqual(catalogue.attributesOf('fvTenant'), attributesOf('fvTenant'))
    assert.deepEqual(catalogue.find('fvEPg')?.kinds, ['fvAEPg', 'l3extInstP', 'fvUnheardOf'])
    assert.deepEqual(catalogue.filterable(['faultInfo', 'fvTenant']), ['faultInfo', 'fvTenant', 'faultInst'])
  })
})

describe('the relative names', () => {
  it('stand under classes whose own names are known', () => {
    for (const [name, [, ...parents]] of Object.entries(RELATIVE_NAMES)) {
      assert.ok(parents.length > 0, name)
      for (const parent of parents)
        assert.ok(parent === '' || Object.hasOwn(RELATIVE_NAMES, parent), `${name} under ${parent}`)
    }
  })

  it('are the ones the simulator makes', () => {
    let compared = 0
    for (const simulated of model.classes()) {
      const known = RELATIVE_NAMES[simulated.name]
      // What the simulator does not need more of has a name made up from that of its class.
      if (known === undefined || simulated.rn.text.startsWith(`${simulated.name}-`)) continue
      const [format, ...parents] = known
      compared += 1
      assert.equal(format, simulated.rn.text, simulated.name)
      // An APIC has it below uni/controller.
      if (simulated.name === 'firmwareCtrlrFwP') continue
      for (const parent of simulated.parents ?? [])
        assert.ok(parents.includes(parent), `${simulated.name} under ${parent}`)
    }
    assert.ok(compared > 80, `${compared}`)
  })
})
