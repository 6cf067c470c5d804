import type { Queryable } from './database.ts'
import type { NewDerivative } from './derivatives.ts'

/** In the order of the parameters of `record`. */
const newColumns = [
  'userId',
  'imageId',
  'fileName',
  'format',
  'width',
  'height',
  'bytes',
  'etag',
  'variant',
  'costMs',
  'version',
] as const satisfies readonly (keyof NewDerivative)[]

/**
 * A list of ids or names as a Postgres array literal, so that arrays can be elements of an array. Ids and
 * names have letters and digits only.
 */
const listText = (values: readonly (string | null)[] = []) =>
  `{${values.map(value => value ?? 'null').join(',')}}`
const versionsText = ({ overlayIds = [], overlayVersions }: NewDerivative) =>
  listText(overlayVersions ?? overlayIds.map(() => null))
const focalText = ({ focal }: NewDerivative) => (focal === undefined ? null : JSON.stringify(focal))

const recordStatement = `with held as (
   select user_id, id, focal, original_version from images where id = any($17) and state = 'ready' order by id for share),
 recorded as (insert into derivatives
   (user_id, image_id, file_name, format, width, height, bytes, etag, variant, cost_ms, version, others, presets)
 select held.user_id, held.id, file_name, format, width, height, bytes, etag, variant, cost_ms, version, others::text[],
   presets::text[]
 from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[], $7::bigint[], $8::text[],
   $9::text[], $10::float8[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[])
   as fresh (user_id, image_id, file_name, format, width, height, bytes, etag, variant, cost_ms, version, made_by,
     others, presets, image_version, other_versions)
 join held on held.user_id = fresh.user_id and held.id = fresh.image_id
 where (made_by is null or made_by::jsonb = coalesce(held.focal, 'null'::jsonb))
   and held.original_version is not distinct from fresh.image_version
   and not exists (
     select from unnest(others::text[], other_versions::text[]) as other (id, version)
     left join held as found on found.id = other.id and found.user_id = fresh.user_id
     where found.id is null or found.original_version is distinct from other.version)
 order by image_id, file_name
 on conflict (user_id, image_id, file_name) do update set
   format = excluded.format, width = excluded.width, height = excluded.height, bytes = excluded.bytes,
   etag = excluded.etag, variant = excluded.variant, cost_ms = excluded.cost_ms,
   created_at = excluded.created_at,
   presets = array(select unnest(derivatives.presets) union select unnest(excluded.presets))
   -- the row of an earlier original stays until it is purged: it alone names the object to delete
   where derivatives.version is not distinct from excluded.version
 returning image_id, file_name),
 named as (delete from stray_derivatives using recorded where stray_derivatives.id = any($18::uuid[])
   and stray_derivatives.image_id = recorded.image_id and stray_derivatives.file_name = recorded.file_name)
 select image_id as "imageId", file_name as "fileName" from recorded`

/** See `DerivativeRepository.record`. */
export async function recordDerivatives(
  db: Queryable,
  derivatives: readonly NewDerivative[],
): Promise<NewDerivative[]> {
  const column = (name: keyof NewDerivative) => derivatives.map(derivative => derivative[name])
  const recorded = await db.query<{ imageId: string; fileName: string }>(recordStatement, [
    ...newColumns.map(column),
    derivatives.map(focalText),
    derivatives.map(({ overlayIds }) => listText(overlayIds)),
    derivatives.map(({ presets }) => listText(presets)),
    derivatives.map(({ imageVersion }) => imageVersion ?? null),
    derivatives.map(versionsText),
    [...new Set(derivatives.flatMap(({ imageId, overlayIds = [] }) => [imageId, ...overlayIds]))],
    derivatives.flatMap(({ strayId }) => strayId ?? []),
  ])
  const names = new Set(recorded.map(({ imageId, fileName }) => `${imageId}/${fileName}`))
  return derivatives.filter(({ imageId, fileName }) => !names.has(`${imageId}/${fileName}`))
}
