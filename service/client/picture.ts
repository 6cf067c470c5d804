import { assemblePicture, type Picture, type PictureRequest, pictureFiles } from './picture-markup.ts'
import { type PolicyGrant, policyUrl } from './policy.ts'

/**
 * Builds a `<picture>` from a grant: many formats and sizes with one signature.
 * @throws DarkroomError as `policySrcset` does, or `bad-request` if there are no candidates
 */
export function picture(grant: PolicyGrant, request: PictureRequest): Picture {
  const files = pictureFiles(request)
  return assemblePicture(
    request,
    files.map(file => policyUrl(grant, file)),
  )
}
