/** A text without control characters. Spelled out, as not every JSON Schema validator knows `\p{Cc}`. */
export const noControls = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$'
