import t from '../test/support/tap.ts'
import { readClient } from './negotiation.ts'

t.test('client hints: sizes are positive numbers, and Save-Data is on or off', async t => {
  const hints = (headers: Record<string, string>) => readClient(headers).hints
  t.strictSame(
    hints({
      'sec-ch-dpr': '2.625',
      'sec-ch-width': '640',
      'sec-ch-viewport-width': '400',
      'save-data': 'ON',
    }),
    { dpr: 2.625, width: 640, viewportWidth: 400, saveData: true },
  )
  const none = { dpr: undefined, width: undefined, viewportWidth: undefined, saveData: false }
  for (const value of ['0', '-1', '1e9', 'NaN', 'Infinity', '', '640, 320', '12345678', '0.0', '٣', '0x10']) {
    const headers = { 'sec-ch-dpr': value, 'sec-ch-width': value, 'sec-ch-viewport-width': value }
    t.strictSame(hints({ ...headers, 'save-data': value }), none, value)
  }
  t.strictSame(hints({ dpr: '2', width: '640', 'viewport-width': '400' }), none, 'legacy names are ignored')
})
