/**
 * The `Accept` header of an image request, by browser: the current version, and what it sends for `<img>`. Chromium 156
 * was asked itself; Firefox sends the default of its preference `image.http.accept` since version 128; Safari's is that
 * of WebKit's `acceptHeaderValueForImageResource` since Safari 17, which is the first with JPEG XL and HEIC.
 */
export const imageAcceptByBrowser = {
  chromium: 'image/jxl,image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8',
  firefox: 'image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5',
  safari:
    'image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5',
} as const
