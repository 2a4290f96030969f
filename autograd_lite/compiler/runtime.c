/* What the texts of exported functions call beside libm; a text gets only the pieces that it needs.

   A piece ends where a line is empty. `wide` is a number of at least 289 bits, which is what Decimals are here:
   sign * (limb[0] * 2**32**exponent + limb[1] * 2**32**(exponent - 1) + ...), where limb[0] is 0 for 0 alone. */

static double lesser(double x, double y) {
    return y < x ? y : x;
}

static double greater(double x, double y) {
    return y > x ? y : x;
}

static double product_error(double x, double y, double product) {
    return fma(x, y, -product);
}

static double greatest(const double *x, int count) {
    double most = x[0];
    for (int i = 1; i < count; i++)
        most = x[i] > most ? x[i] : most;
    return most;
}

/* x * 2**n for a whole number n. */
static double scaled(double x, double n) {
    return n != floor(n) ? NAN : ldexp(x, (int)fmax(-5000.0, fmin(n, 5000.0)));
}

/* The number of n decimals next to x, halves to even, by the decimal digits of x, which are exact. */
static double rounded(double x, double n) {
    char text[700];
    if (n != floor(n))
        return NAN;
    if (!isfinite(x) || n > 323.0)
        return x;
    if (n >= 0.0) {
        snprintf(text, sizeof text, "%.*f", (int)n, x);
        return strtod(text, NULL);
    }
    const int length = snprintf(text, sizeof text, "%.0f", trunc(fabs(x)));
    const int cut = n < -400.0 ? -1 : length + (int)n;
    if (cut < 0)
        return copysign(0.0, x);
    int up = text[cut] > '5' || (text[cut] == '5' && fabs(x) != trunc(fabs(x)));
    if (text[cut] == '5' && !up) {
        for (int i = cut + 1; i < length; i++)
            up |= text[i] != '0';
        up |= cut > 0 && (text[cut - 1] - '0') % 2 == 1;
    }
    snprintf(text + cut, sizeof text - (size_t)cut, "e%d", -(int)n);
    double kept = cut > 0 ? strtod(text, NULL) : 0.0;
    if (up) { /* the digits before the cut, and 1 more */
        int i = cut - 1;
        for (; i >= 0 && text[i] == '9'; i--)
            text[i] = '0';
        if (i >= 0)
            text[i]++;
        kept = strtod(text, NULL);
        if (i < 0) {
            snprintf(text, sizeof text, "1e%d", length);
            kept = strtod(text, NULL);
        }
    }
    return copysign(kept, x);
}

#define LIMBS 10
typedef struct {
    int sign;
    long exponent;
    uint32_t limb[LIMBS];
} wide;

typedef struct {
    double first, second;
} pair_double;

typedef struct {
    wide first, second;
} pair_wide;

static wide wide_normal(int sign, long exponent, const uint32_t *limb, int count) {
    wide z = {sign, exponent, {0}};
    int first = 0;
    while (first < count && limb[first] == 0)
        first++;
    z.exponent -= first;
    for (int i = 0; i < LIMBS && first + i < count; i++)
        z.limb[i] = limb[first + i];
    return z;
}

/* Infinities, which only the exponentials of a sum meet, are the greatest floats. */
static wide wide_of(double x) {
    wide z = {signbit(x) ? -1 : 1, 0, {0}};
    if (x == 0.0)
        return z;
    int exponent;
    x = fmin(fabs(x), DBL_MAX);
    frexp(x, &exponent);
    z.exponent = (exponent - 1 + 32 * 64) / 32 - 64;
    x = ldexp(x, (int)(-32 * z.exponent));
    for (int i = 0; i < 3; i++) {
        z.limb[i] = (uint32_t)x;
        x = (x - z.limb[i]) * 0x1p32;
    }
    return z;
}

/* The float next to x, halves to even. */
static double wide_double(wide x) {
    int length = 0, rest = 0;
    while (length < 32 && x.limb[0] >> length)
        length++;
    const long bits = 32 * x.exponent + length; /* x is between 2**(bits - 1) and 2**bits */
    if (length == 0 || bits < -1074)
        return copysign(0.0, x.sign);
    if (bits > 1024)
        return x.sign * INFINITY;
    const uint64_t third = x.limb[2];
    uint64_t top = (((uint64_t)x.limb[0] << 32 | x.limb[1]) << (32 - length)) | third >> length;
    for (int i = 3; i < LIMBS; i++)
        rest |= x.limb[i] != 0;
    top |= rest || (third & (((uint64_t)1 << length) - 1));
    const int kept = bits < -1021 ? (int)bits + 1074 : 53;
    uint64_t whole = kept > 0 ? top >> (64 - kept) : 0;
    const uint64_t below = top << kept, half = (uint64_t)1 << 63;
    if (below > half || (below == half && whole % 2 == 1))
        whole++;
    return x.sign * ldexp((double)whole, (int)bits - kept);
}

static wide wide_neg(wide x) {
    x.sign = -x.sign;
    return x;
}

static wide wide_abs(wide x) {
    x.sign = 1;
    return x;
}

static wide wide_add(wide x, wide y) {
    if (x.limb[0] == 0 || y.limb[0] == 0) {
        wide sum = x.limb[0] == 0 ? y : x;
        if (sum.limb[0] == 0)
            sum.sign = x.sign > y.sign ? x.sign : y.sign;
        return sum;
    }
    int less = y.exponent > x.exponent;
    if (x.exponent == y.exponent) {
        int i = 0;
        while (i < LIMBS - 1 && x.limb[i] == y.limb[i])
            i++;
        less = x.limb[i] < y.limb[i];
    }
    if (less) {
        const wide other = x;
        x = y;
        y = other;
    }
    uint32_t sum[LIMBS + 2];
    int64_t carry = 0;
    for (int i = LIMBS; i >= 0; i--) {
        const long j = i - (x.exponent - y.exponent);
        const int64_t other = j >= 0 && j < LIMBS ? y.limb[j] : 0;
        carry += (i < LIMBS ? x.limb[i] : 0) + (x.sign == y.sign ? other : -other);
        sum[i + 1] = (uint32_t)carry;
        carry = (carry - (int64_t)sum[i + 1]) / ((int64_t)1 << 32);
    }
    sum[0] = (uint32_t)carry;
    x = wide_normal(x.sign, x.exponent + 1, sum, LIMBS + 2);
    if (x.limb[0] == 0)
        x.sign = 1;
    return x;
}

static wide wide_sub(wide x, wide y) {
    return wide_add(x, wide_neg(y));
}

static wide wide_mul(wide x, wide y) {
    uint32_t product[2 * LIMBS] = {0};
    for (int i = LIMBS - 1; i >= 0; i--) {
        uint64_t carry = 0;
        for (int j = LIMBS - 1; j >= 0; j--) {
            carry += (uint64_t)x.limb[i] * y.limb[j] + product[i + j + 1];
            product[i + j + 1] = (uint32_t)carry;
            carry >>= 32;
        }
        product[i] = (uint32_t)carry;
    }
    return wide_normal(x.sign * y.sign, x.exponent + y.exponent + 1, product, 2 * LIMBS);
}

static int wide_compare(wide x, wide y) {
    const wide difference = wide_sub(x, y);
    return difference.limb[0] == 0 ? 0 : difference.sign;
}

/* The first digits of x as a float, without its exponent and sign. */
static double wide_head(wide x) {
    return x.limb[0] + 0x1p-32 * x.limb[1] + 0x1p-64 * x.limb[2];
}

/* By Newton's method, of which every step doubles the digits. */
static wide wide_div(wide x, wide y) {
    wide inverse = wide_of(1 / wide_head(y));
    inverse.sign = y.sign;
    inverse.exponent -= y.exponent;
    for (int i = 0; i < 3; i++)
        inverse = wide_add(inverse, wide_mul(inverse, wide_sub(wide_of(1), wide_mul(y, inverse))));
    const wide quotient = wide_mul(x, inverse);
    if (quotient.limb[0] == 0)
        return quotient;
    return wide_add(quotient, wide_mul(inverse, wide_sub(x, wide_mul(y, quotient))));
}

static wide wide_sqrt(wide x) {
    if (x.limb[0] == 0)
        return x;
    const int odd = x.exponent % 2 != 0;
    wide inverse = wide_of(1 / sqrt(wide_head(x) * (odd ? 0x1p32 : 1)));
    inverse.exponent -= (x.exponent - odd) / 2;
    for (int i = 0; i < 3; i++) {
        const wide miss = wide_sub(wide_of(1), wide_mul(x, wide_mul(inverse, inverse)));
        inverse = wide_add(inverse, wide_mul(wide_mul(inverse, miss), wide_of(0.5)));
    }
    const wide root = wide_mul(x, inverse);
    const wide miss = wide_sub(x, wide_mul(root, root));
    return wide_add(root, wide_mul(wide_mul(inverse, miss), wide_of(0.5)));
}

static wide wide_power(wide x, long n) {
    wide z = wide_of(1);
    for (long left = labs(n); left > 0; left /= 2) {
        if (left % 2 == 1)
            z = wide_mul(z, x);
        x = wide_mul(x, x);
    }
    return n < 0 ? wide_div(wide_of(1), z) : z;
}

static wide wide_factorial(long n) {
    wide z = wide_of(1);
    for (long k = 2; k <= n; k++)
        z = wide_mul(z, wide_of((double)k));
    return z;
}

/* exp(k log 2 + rest) = 2**k * exp(rest / 2**20)**(2**20), and that by its series. */
static wide wide_exp(wide x) {
    static const wide log_2 = LOG_2;
    if (x.exponent > 0) {
        wide z = wide_of(x.sign > 0);
        z.exponent = 1L << 24;
        return z;
    }
    const double k = rint(wide_double(x) / 0.6931471805599453), q = floor(k / 32);
    x = wide_mul(wide_sub(x, wide_mul(wide_of(k), log_2)), wide_of(0x1p-20));
    wide z = wide_of(1);
    for (int i = 14; i > 0; i--)
        z = wide_add(wide_of(1), wide_mul(wide_mul(x, z), wide_div(wide_of(1), wide_of(i))));
    for (int i = 0; i < 20; i++)
        z = wide_mul(z, z);
    z = wide_mul(z, wide_of(ldexp(1, (int)(k - 32 * q))));
    z.exponent += (long)q;
    return z;
}

/* By Halley's method, of which every step triples the digits. */
static wide wide_ln(wide x) {
    wide z = wide_of(log(wide_head(x)) + 22.18070977791825 * (double)x.exponent);
    for (int i = 0; i < 2; i++) {
        const wide power = wide_exp(z);
        const wide step = wide_div(wide_sub(x, power), wide_add(x, power));
        z = wide_add(z, wide_add(step, step));
    }
    return z;
}

/* Adds x * 2**exponent to a number of 32 * 142 bits, of which the first has the weight 2**-2336. */
static void exact_add(int64_t *digits, double x, int exponent) {
    int own;
    const double whole = ldexp(frexp(fabs(x), &own), 53);
    const uint64_t high = (uint64_t)(whole * 0x1p-32), low = (uint64_t)(whole - (double)high * 0x1p32);
    const int sign = x < 0.0 ? -1 : 1, place = own - 53 + exponent + 2336;
    const uint64_t parts[2] = {low << place % 32, high << place % 32};
    for (int i = 0; i < 2; i++) {
        digits[place / 32 + i] += sign * (int64_t)(parts[i] & 0xFFFFFFFFu);
        digits[place / 32 + i + 1] += sign * (int64_t)(parts[i] >> 32);
    }
}

static double exact_rounded(int64_t *digits) {
    uint32_t limb[142] = {0};
    int sign = 1;
    for (int pass = 0; pass < 2; pass++) {
        int64_t carry = 0;
        for (int i = 0; i < 142; i++) {
            carry += digits[i];
            limb[141 - i] = (uint32_t)carry;
            carry = (carry - (int64_t)limb[141 - i]) / ((int64_t)1 << 32);
        }
        if (carry >= 0)
            break;
        sign = -1;
        for (int i = 0; i < 142; i++)
            digits[i] = -digits[i];
    }
    wide x = wide_normal(sign, 68, limb, 142);
    for (int i = LIMBS + 68 - (int)x.exponent; i < 142; i++)
        x.limb[LIMBS - 1] |= limb[i] != 0; /* what decides a tie */
    return x.limb[0] == 0 ? 0.0 : wide_double(x);
}

/* The sum, rounded once, as Python's fsum. */
static double exact_sum(const double *x, int count) {
    int64_t digits[142] = {0};
    double infinite = 0.0;
    for (int i = 0; i < count; i++) {
        if (isfinite(x[i]))
            exact_add(digits, x[i], 0);
        else
            infinite += x[i];
    }
    return infinite != 0.0 ? infinite : exact_rounded(digits);
}

/* The sum of the products x[i] * x[half + i], rounded once. */
static double exact_products(const double *x, int half) {
    int64_t digits[142] = {0};
    double infinite = 0.0;
    int finite = 1;
    for (int i = 0; i < half; i++) {
        int first, second;
        const double a = frexp(x[i], &first), b = frexp(x[half + i], &second), product = x[i] * x[half + i];
        finite &= isfinite(a) && isfinite(b);
        infinite += isfinite(product) ? 0.0 : product;
        if (finite) {
            exact_add(digits, a * b, first + second);
            exact_add(digits, fma(a, b, -(a * b)), first + second);
        }
    }
    return finite ? exact_rounded(digits) : infinite;
}
