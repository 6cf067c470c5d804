import { createRoot } from 'react-dom/client'
import { boat } from './boat.js'

const { srcset, ...img } = boat.img

createRoot(document.getElementById('page')).render(
  <main>
    <h1>React</h1>
    <picture>
      {boat.sources.map(({ srcset, ...source }) => (
        <source key={source.type} {...source} srcSet={srcset} />
      ))}
      <img {...img} srcSet={srcset} style={{ maxWidth: '100%', height: 'auto' }} alt="A boat" />
    </picture>
  </main>,
)
