import { transform } from '@darkroom-cdn/client/unpic'
import { Image } from '@unpic/react/base'
import { createRoot } from 'react-dom/client'

// a server signed it with the policy `unpic`
const boat = import.meta.env.VITE_DARKROOM_SIGNED

createRoot(document.getElementById('page')).render(
  <main>
    <h1>unpic</h1>
    <Image src={boat} transformer={transform} layout="constrained" width={800} height={600} alt="A boat" />
  </main>,
)
