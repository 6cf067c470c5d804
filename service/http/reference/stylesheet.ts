/** The stylesheet of the page: a light and a dark theme, one column on narrow screens. */
export const stylesheet = `:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f2ea, #0c0b0a);
  --raised: light-dark(#fffdf8, #151311);
  --line: light-dark(#ddd5c7, #2c2824);
  --ink: light-dark(#1c1915, #efe9e0);
  --ink-2: light-dark(#5f564b, #aba296);
  --accent: light-dark(#8a4700, #ffb547);
}
* { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--ground);
  color: var(--ink);
  font: 0.9375rem / 1.5 system-ui, sans-serif;
  display: grid;
  grid-template-columns: minmax(0, 22rem) minmax(0, 1fr);
}
nav {
  position: sticky;
  top: 0;
  height: 100vh;
  overflow-y: auto;
  padding: 16px;
  border-right: 1px solid var(--line);
  font-size: 0.8125rem;
}
main { padding: 16px 24px 48px; max-width: 60rem; }
h1 { font-size: 1.375rem; }
h2 { font-size: 1.125rem; }
nav h2 { font-size: 0.875rem; margin: 16px 0 4px; }
h3 { font-size: 1rem; }
h4 { margin: 16px 0 4px; font-size: 0.8125rem; color: var(--ink-2); }
a { color: var(--accent); }
nav ul, .properties, .responses { list-style: none; margin: 0; padding: 0; }
nav li { padding: 2px 0; }
code, pre { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 0.8125rem; overflow-wrap: anywhere; }
pre { background: var(--ground); border: 1px solid var(--line); border-radius: 6px; padding: 8px; overflow-x: auto; margin: 0; }
pre code { overflow-wrap: normal; }
article { background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: 0 16px 8px; margin: 0 0 16px; }
.method { font-weight: 600; }
.type { color: var(--ink-2); overflow-wrap: anywhere; }
.properties li { padding: 2px 0; overflow-wrap: anywhere; }
.properties .properties { padding-left: 16px; border-left: 1px solid var(--line); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
:target { scroll-margin-top: 8px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: var(--raised); padding: 8px; z-index: 1; }
@media (max-width: 800px) {
  body { display: block; }
  nav { position: static; height: auto; max-height: 40vh; border-right: 0; border-bottom: 1px solid var(--line); }
  main { padding: 16px; }
}
`
