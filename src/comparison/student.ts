/**
 * Student's t distribution (Student 1908) for whole degrees of freedom, where its probabilities are finite sums (Abramowitz and Stegun
 * 1964, 26.7.3 and 26.7.4). Knows no sample.
 */

/** P(|T| > t) of Student's distribution with `df` degrees of freedom, a whole number from 1; absolute error below 1e-12. */
export function tailOf(t: number, df: number): number {
  const angle = Math.atan(Math.abs(t) / Math.sqrt(df));
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  // Odd: 2/pi (angle + sin (cos + 2/3 cos^3 + ...)); even: sin (1 + 1/2 cos^2 + 1*3/(2*4) cos^4 + ...). Both end at cos^(df - 2).
  const odd = df % 2 === 1;
  let term = odd ? cos : 1;
  let sum = 0;
  for (let power = odd ? 1 : 0; power <= df - 2; power += 2) {
    sum += term;
    term *= ((power + 1) / (power + 2)) * cos * cos;
  }
  const inside = odd ? (2 / Math.PI) * (angle + sin * sum) : sin * sum;
  return Math.min(1, Math.max(0, 1 - inside));
}

const found = new Map<number, number>();

/** The t that |T| exceeds with probability 0.05: half the width of a 95 % interval in standard errors. */
export function criticalOf(df: number): number {
  const known = found.get(df);
  if (known !== undefined) return known;
  let [low, high] = [1, 13];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (tailOf(middle, df) > 0.05) low = middle;
    else high = middle;
  }
  found.set(df, low);
  return low;
}
