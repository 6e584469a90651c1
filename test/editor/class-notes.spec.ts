// Notes on classes before they are used, and the requests to the APIC for them.

import assert from 'node:assert/strict'
import type { ClassMetadata, MetadataAnswer } from '../../nodes/admin/answers'
import { KINDS } from '../../nodes/apic/protocol/grammar'
import { Catalogue } from '../../nodes/editor/classes/catalogue'
import { notesOn, type ClassNote } from '../../nodes/editor/classes/class-notes'
import { Descriptions } from '../../nodes/editor/classes/descriptions'
import { described } from './metadata'

const answer = (name: string, given: Partial<ClassMetadata> = {}): MetadataAnswer => ({
  known: true,
  ...described({ class: name, ...given })
})

describe('the notes on classes', () => {
  const catalogue = new Catalogue('en', KINDS)
  const notes = (
    names: readonly string[],
    answers: readonly MetadataAnswer[] = [],
    isSubscribed = true
  ): [ClassNote['note'], ...string[]][] =>
    notesOn(names, catalogue, (name) => answers.find((one) => one.class === name), isSubscribed).map(
      ({ note, names: noted, kinds }) => [note, ...noted, ...kinds]
    )

  it('warn of statistics where one subscribes', () => {
    const names = ['fvTenant', 'eqptIngrTotal5min', 'acmeLoad']
    assert.deepEqual(notes(names), [['statistic', 'eqptIngrTotal5min']])
    const reported = [answer('acmeLoad', { isStat: true })]
    assert.deepEqual(notes(names, reported), [['statistic', 'eqptIngrTotal5min', 'acmeLoad']])
    assert.deepEqual(notes(names, reported, false), [])
  })

  it('name the classes behind abstract ones', () => {
    assert.deepEqual(notes(['faultInfo']), [['abstract', 'faultInfo', 'faultInst', 'faultDelegate']])
    const reported = [answer('acmeThing', { isAbstract: true, kinds: ['acmeDoor', 'acmeKey'] })]
    assert.deepEqual(notes(['acmeThing'], reported), [['abstract', 'acmeThing', 'acmeDoor', 'acmeKey']])
  })

  it('name the classes that the APIC does not know, once it was asked', () => {
    assert.deepEqual(notes(['fvTenantt']), [])
    assert.deepEqual(notes(['fvTenantt', 'fvBD'], [{ known: false, class: 'fvTenantt' }]), [['unknown', 'fvTenantt']])
  })
})

describe('the descriptions of classes', () => {
  /** A connection that can be asked, and what it was asked for. */
  function connection(reply: (name: string) => Promise<MetadataAnswer>): {
    descriptions: Descriptions
    asked: string[]
    choose: (apic: string | undefined) => void
  } {
    const asked: string[] = []
    let apic: string | undefined = 'one'
    const descriptions = new Descriptions(
      (id, name) => {
        asked.push(`${id} ${name}`)
        return reply(name)
      },
      () => apic,
      new AbortController().signal
    )
    return { descriptions, asked, choose: (other) => (apic = other) }
  }

  it('are asked for once per class and connection', async () => {
    const { descriptions, asked, choose } = connection((name) => Promise.resolve(answer(name)))
    await Promise.all([descriptions.want(['fvBD', 'fvCtx']), descriptions.want(['fvBD'])])
    await descriptions.want(['fvCtx'])
    assert.deepEqual(asked, ['one fvBD', 'one fvCtx'])
    assert.equal(descriptions.of('fvBD')?.known, true)
    choose('two')
    assert.equal(descriptions.of('fvBD'), undefined, 'another fabric may have another release')
    await descriptions.want(['fvBD'])
    assert.deepEqual(asked, ['one fvBD', 'one fvCtx', 'two fvBD'])
  })

  it('are done without where there is no connection, and asked for again after a failure', async () => {
    let isUp = false
    const { descriptions, asked, choose } = connection((name) =>
      isUp ? Promise.resolve(answer(name)) : Promise.reject(new Error('unreachable'))
    )
    let news = 0
    descriptions.onNews(() => (news += 1))
    choose(undefined)
    await descriptions.want(['fvBD'])
    assert.deepEqual(asked, [])
    choose('one')
    await descriptions.want(['fvBD'])
    assert.equal(news, 0)
    isUp = true
    await descriptions.want(['fvBD'])
    assert.deepEqual([descriptions.of('fvBD')?.known, news, asked.length], [true, 1, 2])
  })
})
