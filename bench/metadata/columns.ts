/** The values of columns as SQL, by name. Columns that the schema does not have are left out. */
export type Columns = Readonly<Record<string, string>>

/** A number from 0 to below 1 that depends on an integer and on what it is for. */
export const random = (of: string, salt: number) => `pg_temp.unit((${of})::bigint, ${salt})`

/** One of the words, all equally likely. */
const oneOf = (words: readonly string[], of: string, salt: number) =>
  `(array[${words.map(word => `'${word}'`).join(',')}])[1 + (${random(of, salt)} * ${words.length})::integer % ${words.length}]`

const nouns = [
  'harbour',
  'lamp',
  'chair',
  'forest',
  'bicycle',
  'kettle',
  'jacket',
  'bridge',
  'garden',
  'street',
]
const adjectives = ['red', 'old', 'quiet', 'bright', 'wooden', 'northern', 'small', 'early', 'open', 'blue']
const seasons = ['spring', 'summer', 'autumn', 'winter']

/** The id of the image with a number, as the fill and the operations name it. */
export const imageIdSql = (of: string) => `substr(md5('image ' || (${of})), 1, 20)`

/** Formats of originals with the share up to which each is drawn; none is a PDF. */
const format = `case when f < 0.7 then 'jpg' when f < 0.85 then 'png' when f < 0.94 then 'webp'
  when f < 0.97 then 'avif' when f < 0.99 then 'gif' else 'heic' end`

const width = `(600 + ${random('n', 24)} * 5400)::integer`
const height = `(400 + ${random('n', 25)} * 3600)::integer`
const bytes = `(20000 + ${random('n', 26)} * 8000000)::bigint`

const tags = `array_remove(array[
  case when n % 4 = 0 and n / 4 < (select campaign from pg_temp.fill) then 'campaign' end,
  case when ${random('n', 11)} < 0.6 then 'shop/' || 2019 + (${random('n', 12)} * 7)::integer || '/' ||
    ${oneOf(seasons, 'n', 13)} end,
  case when ${random('n', 14)} < 0.5 then ${oneOf(nouns, 'n', 15)} end,
  case when ${random('n', 16)} < 0.2 then ${oneOf(adjectives, 'n', 17)} end,
  case when ${random('n', 18)} < 0.1 then 'batch-' || n / 500 end], null)`

/** The columns of an image. `n` is its number, `s` and `f` are random, and `at` is its time. */
export const imageColumns: Columns = {
  id: imageIdSql('n'),
  user_id: 'owner',
  state: `case when s < 0.00001 then 'uploading' when s < 0.03 then 'deleted' else 'ready' end`,
  title: `case when ${random('n', 21)} < 0.3 then '' else
    ${oneOf(adjectives, 'n', 22)} || ' ' || ${oneOf(nouns, 'n', 23)} || ' ' || n end`,
  tags,
  extension: `case when s < 0.00001 then null else ${format} end`,
  format,
  width,
  height,
  pages: '1',
  bytes,
  // one image in a hundred has the content of the one before
  sha256: `encode(sha256(convert_to('content ' || case when ${random('n', 27)} < 0.01 then n - 1 else n end, 'UTF8')), 'hex')`,
  focal: `case when ${random('n', 28)} < 0.05 then '{"x": 0.5, "y": 0.25}'::jsonb end`,
  facts: `jsonb_build_object('format', ${format}, 'width', ${width}, 'height', ${height}, 'orientation', 1, 'pages', 1,
    'alpha', false, 'progressive', false, 'profile', 'none', 'space', 'srgb', 'bytes', ${bytes})`,
  insight: `jsonb_build_object('kind', 'photo', 'thumbhash', encode(decode(md5('thumb ' || n), 'hex'), 'base64'),
    'blurhash', 'LEHV6nWB2yk8pyo0adR', 'dominantColor', '#' || substr(md5('colour ' || n), 1, 6), 'palette',
    jsonb_build_array(jsonb_build_object('color', '#' || substr(md5('colour ' || n), 1, 6), 'share', 0.7)),
    'pHash', substr(md5('phash ' || n), 1, 16), 'faces', null, 'exif', '{}'::jsonb)`,
  ladder: `case when s >= 0.03 then '{"format": "jpg", "widths": [1280]}'::jsonb end`,
  created_at: 'at',
  ingested_at: `at + interval '5 seconds'`,
  deleted_at: `case when s >= 0.00001 and s < 0.03 then deleted_at end`,
  keep_until: `case when s >= 0.00001 and s < 0.03 then deleted_at + interval '7 days' end`,
  cleared_at: `case when s >= 0.00001 and s < 0.03 then deleted_at end`,
  purged_at: `case when s >= 0.00001 and s < 0.03 and deleted_at < today - interval '7 days'
    then deleted_at + interval '7 days' end`,
  file_name: `'IMG_' || lpad(n::text, 8, '0') || '.' || ${format}`,
  alt: `case when ${random('n', 31)} < 0.2 then 'A ' || ${oneOf(adjectives, 'n', 32)} || ' ' || ${oneOf(nouns, 'n', 33)} end`,
  metadata: `case when ${random('n', 34)} < 0.3 then
    jsonb_build_object('sku', 'S' || n, 'season', ${oneOf(seasons, 'n', 35)}) end`,
}

/** The columns of a derivative of image `i`. `k` counts the derivatives of the image, from 1. */
export const derivativeColumns: Columns = {
  user_id: 'i.user_id',
  image_id: 'i.id',
  file_name: `i.id || '_resize_w-' || 160 * k || case when k % 3 = 0 then '.jpg' else '.webp' end`,
  format: `case when k % 3 = 0 then 'jpg' else 'webp' end`,
  width: '160 * k',
  height: '120 * k',
  bytes: '(2000 + 1500 * k)::bigint',
  etag: `md5(i.id || k)`,
  cost_ms: `5 + ${random('i.n * 16 + k', 41)} * 200`,
  created_at: `i.created_at + k * interval '1 minute'`,
  variant: `case when ${random('i.n * 16 + k', 42)} < 0.001 then 'standin' else 'final' end`,
  // one derivative in two hundred of the large user shows the user's logo
  others: `case when i.n % 4 = 0 and ${random('i.n * 16 + k', 43)} < 0.005 then array[${imageIdSql('0')}] else '{}'::text[] end`,
  presets: `case when k = 1 then '{thumb}'::text[] else '{}'::text[] end`,
}
