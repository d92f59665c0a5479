/** Up to this much of diffuse white, light is left as it is. */
const KNEE = 0.75;

/**
 * How much light is left of light above what a screen shows: the factor by which a pixel's channels are multiplied,
 * given the brightest of them (diffuse white is 1). `peak` is the brightest light of the picture; up to 1, nothing
 * changes.
 *
 * The curve is Möbius', of FFmpeg's and libplacebo's tone mapping: straight up to the knee, then a hyperbola that
 * goes on with the same slope and takes the peak to 1. Whatever the peak, diffuse white comes out at 240 of 255 or
 * above. The curve of BT.2390 takes it down to 227 where the peak is 1000 cd/m² and to 192 where it is 10,000: it
 * keeps more of the highlights, at the cost of everything else.
 */
export function toneCurve(peak: number): (brightest: number) => number {
  if (peak <= 1) return () => 1;
  const a = (-(KNEE ** 2) * (peak - 1)) / (KNEE ** 2 - 2 * KNEE + peak);
  const b = (KNEE ** 2 - 2 * KNEE * peak + peak) / (peak - 1);
  const scale = (KNEE + b) ** 2 / (b - a);
  return (brightest) => {
    if (brightest <= KNEE) return 1;
    return (scale * (brightest + a)) / ((brightest + b) * brightest);
  };
}
