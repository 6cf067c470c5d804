export function Playground({ id }: { id: string }) {
  return <p>{id}</p>
}
