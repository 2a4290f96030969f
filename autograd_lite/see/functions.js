// Functions of the table that JavaScript's Math does not have, or has with other results at the edges. Good to
// about 1e-12. Each is one definition; `javascript` copies those that a page needs. Names ending in _ are helpers.

// C's pow knows that 1 to any power, and any number to the power 0, is 1.
const pow = (x, y) => x == 1 || y == 0 ? 1 : x == -1 && (y == 1 / 0 || y == -1 / 0) ? 1 : Math.pow(x, y);
const exp2 = x => Math.pow(2, x);
const floordiv = (x, y) => y == 0 ? x / y : Math.floor(x / y);
const mod = (x, y) => { const r = x % y; return r != 0 && (r < 0) != (y < 0) ? r + y : r; };
const fmod = (x, y) => x % y;
const copysign = (x, y) => y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x);
const rint = x => {
  if (!isFinite(x) || Math.abs(x) > 4503599627370496) return x;
  const low = Math.floor(x), rest = x - low;
  return rest < .5 || rest == .5 && low % 2 == 0 ? low : low + 1;
};
const remainder = (x, y) => isFinite(y) || y != y ? x - rint(x / y) * y : x;
const nextafter = (x, y) => {
  if (x != x || y != y) return NaN;
  if (x == y) return y;
  if (x == 0) return y > 0 ? 5e-324 : -5e-324;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, x);
  bits.setBigInt64(0, bits.getBigInt64(0) + ((y > x) == (x > 0) ? 1n : -1n));
  return bits.getFloat64(0);
};

// The series of erf whose terms are all positive, and the continued fraction of erfc (DLMF 7.6.2, 7.9.1).
const erf = x => {
  if (Math.abs(x) > 1.5) return x > 0 ? 1 - erfc(x) : erfc(-x) - 1;
  let term = x, sum = x;
  for (let n = 1; n < 60; n++) sum += term *= 2 * x * x / (2 * n + 1);
  return 1.1283791670955126 * Math.exp(-x * x) * sum;
};
const erfc = x => {
  if (x != x) return x;
  if (x < 1.5) return 1 - erf(x);
  if (x > 27.3) return 0;
  let rest = 0;
  for (let k = 120; k > 0; k--) rest = k / 2 / (x + rest);
  return Math.exp(-x * x) / (x + rest) / 1.772453850905516;
};
const norm_ppf = p => {
  if (!(p > 0 && p < 1)) return p == 0 ? -1 / 0 : p == 1 ? 1 / 0 : NaN;
  if (p > .5) return -norm_ppf(1 - p);
  let low = -39, high = 0;
  for (let k = 0; k < 60; k++) {
    const middle = (low + high) / 2;
    if (.5 * erfc(-middle * Math.SQRT1_2) < p) low = middle; else high = middle;
  }
  return (low + high) / 2;
};

// Lanczos' approximation with g = 7 and nine terms.
const lanczos_ = x => {
  const c = [
    .99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7];
  return c.reduce((sum, term, k) => sum + term / (x + k));
};
const gamma = x => {
  if (x <= 0 && x % 1 == 0) return x ? NaN : 1 / x;
  if (x < .5) return Math.PI / (Math.sin(Math.PI * x) * gamma(1 - x));
  const t = x + 6.5, root = Math.pow(t, (x - .5) / 2);
  return 2.5066282746310002 * root * Math.exp(-t) * root * lanczos_(x - 1);
};
const lgamma = x => {
  if (x <= 0 && x % 1 == 0) return 1 / 0;
  if (x < .5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - lgamma(1 - x);
  const t = x + 6.5;
  return .9189385332046728 + (x - .5) * Math.log(t) - t + Math.log(lanczos_(x - 1));
};
const digamma = x => {
  if (x <= 0 && x % 1 == 0) return x ? NaN : -1 / x;
  if (x < 0) return digamma(1 - x) - Math.PI / Math.tan(Math.PI * x);
  let sum = 0;
  for (; x < 15; x++) sum -= 1 / x;
  const r = 1 / (x * x);
  const tail = r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r * (1 / 132 - r * 691 / 32760)))));
  return sum + Math.log(x) - .5 / x - tail;
};
// Abramowitz and Stegun, 6.4.6 and 6.4.11.
const polygamma = (n, x) => {
  if (n == 0) return digamma(x);
  if (x < -1e4 || x <= 0 && x % 1 == 0) return x == 0 && n % 2 ? 1 / 0 : NaN;
  let sum = 0, factorial = 1;
  for (let k = 2; k <= n; k++) factorial *= k;
  for (; x < 20 + n; x++) sum += factorial * Math.pow(x, -n - 1);
  sum += factorial / n * Math.pow(x, -n) + factorial / 2 * Math.pow(x, -n - 1);
  let factor = factorial / n;
  [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6].forEach((bernoulli, j) => {
    const k = j + 1;
    factor *= (2 * k + n - 1) * (2 * k + n - 2) / (2 * k * (2 * k - 1));
    sum += bernoulli * factor * Math.pow(x, -n - 2 * k);
  });
  return n % 2 ? sum : -sum;
};
// The integral of (pi t)^n cos(pi x t + n pi / 2) for t from 0 to 1, by Simpson's rule.
const sinc_n = (n, x) => {
  const sinc = x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  if (n == 0 || n == 1 && Math.abs(x) > 1) return n == 0 ? sinc : (Math.cos(Math.PI * x) - sinc) / x;
  const parts = 2 * Math.ceil(600 + 50 * Math.abs(x));
  if (!(parts < 1e6)) return NaN;
  let sum = 0;
  for (let k = 0; k <= parts; k++) {
    const t = Math.PI * k / parts;
    sum += (k == 0 || k == parts ? 1 : k % 2 ? 4 : 2) * Math.pow(t, n) * Math.cos(x * t + n * Math.PI / 2);
  }
  return sum / 3 / parts;
};
const round = (x, n) => { const t = Math.pow(10, n); return n == 0 ? rint(x) : rint(x * t) / t; };
const ldexp = (x, n) => x * Math.pow(2, n);
const fma = (x, y, w) => x * y + w;

// Of sequences. Neumaier's sum.
const fsum = xs => {
  let sum = 0, lost = 0;
  for (const x of xs) {
    const next = sum + x;
    lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
  }
  return isFinite(sum) ? sum + lost : sum;
};
const dot = (xs, ys) => fsum(xs.map((x, k) => x * ys[k]));
const sumprod = (xs, ys) => dot(xs, ys);
const prod = xs => xs.reduce((product, x) => product * x, 1);
const amax = xs => xs.reduce((most, x) => most > x || most != most ? most : x);
const amin = xs => xs.reduce((least, x) => least < x || least != least ? least : x);
const equal_shares = (xs, extreme) => {
  const count = xs.filter(x => x == extreme).length;
  return xs.map(x => extreme != extreme ? NaN : x == extreme ? 1 / count : 0);
};
const shares_of_greatest = xs => equal_shares(xs, amax(xs));
const shares_of_least = xs => equal_shares(xs, amin(xs));
const norm = xs => Math.hypot(...xs);
const logsumexp = xs => {
  const most = Math.max(...xs);
  return isFinite(most) ? most + Math.log(xs.reduce((sum, x) => sum + Math.exp(x - most), 0)) : most;
};
const ones = xs => xs.map(() => 1);
const products_of_others = xs => xs.map((_, k) => xs.reduce((product, x, j) => j == k ? product : product * x, 1));
const directions = (xs, z) => xs.map(x => z ? x / z : 0);
const shares = xs => {
  const most = Math.max(...xs), parts = xs.map(x => x == most ? 1 : Math.exp(x - most));
  const sum = parts.reduce((total, part) => total + part, 0);
  return parts.map(part => part / sum);
};
