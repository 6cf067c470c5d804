import { createClient } from '@darkroom-cdn/client'
import Image from 'next/image'

const { DARKROOM_URL, DARKROOM_USER, DARKROOM_KEY, DARKROOM_SECRET, DARKROOM_IMAGE } = process.env

// a server component: the secret stays here, and the page gets one signed URL
export default async function Page() {
  const images = createClient({
    baseUrl: DARKROOM_URL,
    userId: DARKROOM_USER,
    keyId: DARKROOM_KEY,
    secret: DARKROOM_SECRET,
  })
  const boat = await images.url(DARKROOM_IMAGE, [], { policy: 'next' })
  return (
    <main>
      <h1>Next.js</h1>
      <Image
        src={boat}
        width={800}
        height={600}
        sizes="(max-width: 800px) 100vw, 800px"
        style={{ maxWidth: '100%', height: 'auto' }}
        alt="A boat"
      />
    </main>
  )
}
